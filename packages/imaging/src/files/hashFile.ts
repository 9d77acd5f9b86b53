import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { isUrl, urlText } from "../formats/httpFiles.js";
import { fileError } from "./fileError.js";
import { imageFiles } from "./imageFiles.js";

/** What a manifest records of a file. */
export interface FileHash {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * Size and SHA-256 of a file, read as a stream. Of a folder that is one image, those of a list of its files in the order of their paths, each with its path, a tab, its own SHA-256
 * and a line feed, and the bytes of all of them; of a file with others that its image is read from (a set of OME-TIFFs) such a list, too. Of an address on the web nothing is read: its SHA-256 is that of the address without what may be secret (see `urlText`), its bytes are 0.
 */
export async function hashFile(path: string): Promise<FileHash> {
  const hash = createHash("sha256");
  if (isUrl(path)) return { path, bytes: 0, sha256: hash.update(urlText(path)).digest("hex") };
  const files = await imageFiles(path);
  if (!files) return { path, bytes: await addFile(hash, path), sha256: hash.digest("hex") };
  let bytes = 0;
  for (const file of files.names) {
    const own = createHash("sha256");
    bytes += await addFile(own, join(files.folder, file));
    hash.update(`${file.split(sep).join("/")}\t${own.digest("hex")}\n`);
  }
  return { path, bytes, sha256: hash.digest("hex") };
}

/** Whether a file, or the files of one image, have more bytes; of them nothing is read but what they are. */
export async function isLargerThan(path: string, bytes: number): Promise<boolean> {
  let left = bytes;
  const { folder, names } = (await imageFiles(path)) ?? { folder: path, names: [""] };
  for (const file of names) {
    try {
      left -= (await stat(join(folder, file))).size;
    } catch (error) {
      throw fileError("read", path, error);
    }
    if (left < 0) return true;
  }
  return false;
}

/** The bytes that were added. */
async function addFile(hash: Hash, path: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      const part: Uint8Array = chunk; // without an encoding a read stream yields buffers
      hash.update(part);
      bytes += part.length;
    }
  } catch (error) {
    throw fileError("read", path, error);
  }
  return bytes;
}
