import { join } from "pathe";
import type { NamedBlob } from "../../engine/engine.js";
import { blobOf, readdir, stat } from "../node/fsPromises.js";

/** A result as a file to save by a name; of one that is a folder, an archive with a folder of that name in it: unpacked beside the image that it was made of, it takes nothing of its place. */
export async function resultBlob(path: string, name: string): Promise<NamedBlob> {
  if (!(await stat(path)).isDirectory()) return { name, blob: await blobOf(path) };
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file, name: `${name}${file.slice(path.length)}` }));
  const { zipOf } = await import("./zipOf.js");
  return { name: `${name}.zip`, blob: await zipOf(files) };
}
