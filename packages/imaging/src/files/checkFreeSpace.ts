import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { PlaceError } from "./fileError.js";

/** An `InputError`, with these keys, where a folder that is there, or is going to be, lies on a file system with less free space than `what` takes. */
export async function checkFreeSpace(
  folder: string,
  bytes: number,
  what: string,
  keys: readonly string[],
): Promise<void> {
  const free = await freeBytes(folder);
  if (free === undefined || bytes <= free) return;
  throw new PlaceError(
    `write ${folder}: ${what} would take ${sizeOf(bytes)}, and there are ${sizeOf(free)} free`,
    { keys, file: folder },
  );
}

/** Undefined where the file system does not say. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bsize, bavail, blocks } = await statfs(folder);
    return blocks > 0 ? bsize * bavail : undefined;
  } catch (error) {
    const above = dirname(resolve(folder));
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return missing && above !== resolve(folder) ? freeBytes(above) : undefined;
  }
}

function sizeOf(bytes: number): string {
  const gigabytes = bytes / 1e9;
  return gigabytes >= 1 ? `${Number(gigabytes.toPrecision(3))} GB` : `${Math.round(bytes / 1e6)} MB`;
}
