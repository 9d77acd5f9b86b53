import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";

/** What tells a file from all others, whatever name it is reached by (links, hard links, other case); undefined where there is none. */
export async function fileIdentity(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    // Some network file systems number nothing.
    return ino === 0n ? await realpath(path) : `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** The path without links, as far as it exists. */
export async function realOrResolved(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    const above = dirname(absolute);
    return above === absolute ? absolute : join(await realOrResolved(above), basename(absolute));
  }
}

/** Whether `A.tif` and `a.tif` are one file in a folder, which need not exist yet: true on most Macs and on Windows. */
export async function ignoresCase(folder: string): Promise<boolean> {
  for (let path = await realOrResolved(folder); ; path = dirname(path)) {
    const name = basename(path);
    const other = name.toUpperCase() === name ? name.toLowerCase() : name.toUpperCase();
    const identity = await fileIdentity(path);
    if (identity !== undefined && other !== name) {
      return identity === (await fileIdentity(join(dirname(path), other)));
    }
    if (dirname(path) === path) return process.platform === "win32";
  }
}
