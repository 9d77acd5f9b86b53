import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { isUrl, urlText } from "../formats/httpFiles.js";
import { fileError } from "./fileError.js";
import { filesOfImage } from "./filesOfImage.js";
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
 * and a line feed, and the bytes of all of them; of a file with others that its image is read from (a set of OME-TIFFs) such a list, too. Of an address on the web nothing is read: its SHA-256 is that of the address without what may be secret (see `urlText`), its bytes are 0.
 */
export async function hashFile(path: string): Promise<FileHash> {
  const hash = createHash("sha256");
  if (isUrl(path)) return { path, bytes: 0, sha256: hash.update(urlText(path)).digest("hex") };
  const files = await filesIn(path);
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
  const { folder, names } = (await filesIn(path)) ?? { folder: path, names: [""] };
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

/** The files of an image of several, relative to their folder; undefined of a single file. */
async function filesIn(
  path: string,
): Promise<{ readonly folder: string; readonly names: readonly string[] } | undefined> {
  if (await isFolder(path)) return { folder: path, names: await filesBelow(path) };
  const files = await filesOfImage(path);
  if (files.length < 2) return undefined;
  return { folder: dirname(path), names: files.map((file) => basename(file)).sort() };
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
