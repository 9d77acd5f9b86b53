import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isUrl, urlText } from "../formats/httpFiles.js";
import { fileError } from "./fileError.js";
import { isFolder } from "./folders.js";

/** What a manifest records of a file. */
export interface FileHash {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * Size and SHA-256 of a file, read as a stream. Of a folder that is one image, those of a list of its files in the order of their paths, each with its path, a tab, its own SHA-256
 * and a line feed, and the bytes of all of them. Of an address on the web nothing is read: its SHA-256 is that of the address without what may be secret (see `urlText`), its bytes are 0.
 */
export async function hashFile(path: string): Promise<FileHash> {
  const hash = createHash("sha256");
  if (isUrl(path)) return { path, bytes: 0, sha256: hash.update(urlText(path)).digest("hex") };
  if (!(await isFolder(path))) return { path, bytes: await addFile(hash, path), sha256: hash.digest("hex") };
  let bytes = 0;
  for (const file of await filesBelow(path)) {
    const own = createHash("sha256");
    bytes += await addFile(own, join(path, file));
    hash.update(`${file.split(sep).join("/")}\t${own.digest("hex")}\n`);
  }
  return { path, bytes, sha256: hash.digest("hex") };
}

/** Whether a file, or the files of a folder that is one image, have more bytes; nothing is read of them. */
export async function isLargerThan(path: string, bytes: number): Promise<boolean> {
  let left = bytes;
  for (const file of (await isFolder(path)) ? await filesBelow(path) : [""]) {
    try {
      left -= (await stat(join(path, file))).size;
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

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
      .sort();
  } catch (error) {
    throw fileError("read", folder, error);
  }
}
