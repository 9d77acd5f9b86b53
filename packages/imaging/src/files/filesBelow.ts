import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "./fileError.js";

/**
 * The files below a folder, relative to it, in the order of their paths. Links count as what they lead to, as whoever opens the files takes them (git-annex has every file of a folder as a link): those that lead to nothing are left
 * out, and folders that are among those which they lie in are not looked into again. An `InputError` where a folder cannot be read.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  /** `above`: the folders on the way, without links, the one at `path` last. */
  const visit = async (path: string, above: readonly string[]): Promise<void> => {
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      const own = join(path, entry.name);
      const isLink = entry.isSymbolicLink();
      const kind = isLink ? await stat(join(folder, own)).catch(() => undefined) : entry;
      if (kind?.isFile()) found.push(own);
      if (!kind?.isDirectory()) continue;
      const real = isLink ? await realpath(join(folder, own)) : join(above.at(-1)!, entry.name);
      if (!above.includes(real)) await visit(own, [...above, real]);
    }
  };
  try {
    await visit("", [await realpath(folder)]);
  } catch (error) {
    throw fileError("read", folder, error);
  }
  return found.sort();
}
