import { crc32 } from "@clidim/tensor";
import { createReadStream } from "../node/fs.js";
import { archiveEnd, directoryEntry, fileHeader, type ZippedFile } from "./zipRecords.js";

/** A file of an archive to be: of the storage by its path, or a text. */
type Packed = { readonly name: string } & ({ readonly path: string } | { readonly text: string });

/** Files as an archive, as they are: images are compressed already where they are to be. As large as it may be. */
export async function zipOf(files: readonly Packed[]): Promise<Blob> {
  const parts: Blob[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  const changed = new Date();
  let offset = 0;
  for (const { name, ...source } of files) {
    const pieces = "text" in source ? [new TextEncoder().encode(source.text)] : createReadStream(source.path);
    const contents: Blob[] = [];
    let [size, crc] = [0, 0];
    for await (const bytes of pieces) {
      crc = crc32(bytes, crc);
      size += bytes.length;
      // A Blob holds a copy, on the disk where it is large: files of the storage are removed with their image.
      contents.push(new Blob([bytes]));
    }
    const file: ZippedFile = { name, size, crc, changed, offset };
    const header = fileHeader(file);
    parts.push(new Blob([header]), ...contents);
    directory.push(directoryEntry(file));
    offset += header.length + size;
  }
  const length = directory.reduce((sum, entry) => sum + entry.length, 0);
  return new Blob([...parts, ...directory, archiveEnd(files.length, offset, length)], {
    type: "application/zip",
  });
}
