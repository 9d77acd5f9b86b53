import { Zip, ZipPassThrough } from "fflate";
import { createReadStream } from "../node/fs.js";

/** Files of the storage as an archive, as they are: images are compressed already where they are to be. */
export async function zipOf(
  files: readonly { readonly name: string; readonly path: string }[],
): Promise<Blob> {
  const parts: Blob[] = [];
  let failure: unknown;
  const archive = new Zip((error, chunk) => {
    failure ??= error;
    // A Blob holds a copy, on the disk where it is large. The archive's chunks are never shared between threads.
    parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  });
  for (const { name, path } of files) {
    const entry = new ZipPassThrough(name);
    archive.add(entry);
    for await (const bytes of createReadStream(path)) entry.push(bytes);
    entry.push(new Uint8Array(0), true);
  }
  archive.end();
  if (failure) throw failure;
  return new Blob(parts, { type: "application/zip" });
}
