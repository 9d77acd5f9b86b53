import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { openAtomic } from "../files/atomicWrite.js";
import { fileError } from "../files/fileError.js";
import { makeFolder } from "../files/folders.js";
import { InputError } from "../image/inputError.js";
import { type ZipDirectory, type ZipEntry, zipDirectory } from "./zipDirectory.js";

export interface UnzipOptions {
  readonly signal?: AbortSignal;
  /** Bytes written of all files together. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

/**
 * Unpacks an archive into a folder and returns the files' paths in it. Folders that all files share are left out, as are folders and files that only macOS reads.
 * Every file appears when it is complete and its CRC is right. `InputError`s before anything is written: no zip archive; a name that leads out of the folder or is there twice, a link,
 * a name that is too long, an encrypted file, a compression other than deflate, files that lie over one another, and more than a hundred times the bytes of the archive; afterwards: damaged contents, no space.
 */
export async function unzip(archive: string, folder: string, options: UnzipOptions = {}): Promise<string[]> {
  const files = checkedFiles(archive, await zipDirectory(archive));
  const total = files.reduce((sum, { entry }) => sum + entry.bytes, 0);
  let before = 0;
  for (const { entry, path } of files) {
    const target = join(folder, path);
    await makeFolder(dirname(target));
    await extract(archive, entry, target, (bytes) => {
      options.signal?.throwIfAborted();
      options.onProgress?.(before + bytes, total);
    });
    before += entry.bytes;
  }
  return files.map(({ path }) => path);
}

interface CheckedFile {
  readonly entry: ZipEntry;
  /** Relative, with "/". */
  readonly path: string;
}

/** Images are not compressed to less than one byte of so many; what is was made to fill disks. So many bytes may come of any archive. */
const MOST_TIMES = 100;
const FREE_BYTES = 2 ** 26;

/** Bytes that file systems allow for the name of a file or folder. */
const LONGEST_NAME = 255;

function checkedFiles(archive: string, { entries, byteLength }: ZipDirectory): CheckedFile[] {
  const files: { entry: ZipEntry; parts: string[] }[] = [];
  for (const entry of entries) {
    const { name } = entry;
    const refuse = (reason: string): InputError =>
      new InputError(`${archive} is not unpacked: its file ${JSON.stringify(name)} ${reason}`);
    const parts = name.split(/[/\\]/);
    if (/^([/\\]|[a-z]:)/i.test(name) || parts.includes("..") || name.includes("\0")) {
      throw refuse("leads out of the folder");
    }
    if (entry.link) throw refuse("is a link");
    const kept = parts.filter((part) => part !== "" && part !== ".");
    const last = kept.at(-1);
    if (last === undefined || /[/\\]$/.test(name)) continue;
    if (kept[0] === "__MACOSX" || last === ".DS_Store" || last.startsWith("._")) continue;
    if (entry.encrypted) throw refuse("is encrypted");
    if (entry.method !== 0 && entry.method !== 8) {
      throw refuse(`has compression method ${entry.method}, expected deflate`);
    }
    if (kept.some((part) => Buffer.byteLength(part) > LONGEST_NAME)) {
      throw refuse(`has a name of more than ${LONGEST_NAME} bytes`);
    }
    files.push({ entry, parts: kept });
  }
  const sum = (of: (entry: ZipEntry) => number): number =>
    files.reduce((total, { entry }) => total + of(entry), 0);
  if (sum(({ compressedBytes }) => compressedBytes) > byteLength) {
    throw new InputError(`${archive} is not unpacked: its files lie over one another`);
  }
  const unpacked = sum(({ bytes }) => bytes);
  if (unpacked > Math.max(FREE_BYTES, byteLength * MOST_TIMES)) {
    throw new InputError(
      `${archive} is not unpacked: its ${byteLength} bytes would become ${unpacked}, expected at most ${MOST_TIMES} times as many; unpack it with another program if you trust it`,
    );
  }
  const shared = sharedFolders(files.map(({ parts }) => parts));
  const taken = new Set<string>();
  return files
    .map(({ entry, parts }) => {
      const path = parts.slice(shared).join("/");
      // File systems without case would write one over the other.
      const key = path.toLowerCase();
      if (taken.has(key)) throw new InputError(`${archive} is not unpacked: it holds ${path} twice`);
      taken.add(key);
      return { entry, path };
    })
    .map((file) => {
      const folders = file.path.toLowerCase().split("/").slice(0, -1);
      const both = folders
        .map((_, i) => folders.slice(0, i + 1).join("/"))
        .find((folder) => taken.has(folder));
      if (both === undefined) return file;
      throw new InputError(`${archive} is not unpacked: it holds ${both} as a file and as a folder`);
    });
}

/** How many folders all paths begin with. */
function sharedFolders(paths: readonly (readonly string[])[]): number {
  const [first] = paths;
  if (!first) return 0;
  let shared = 0;
  while (paths.every((parts) => shared < parts.length - 1 && parts[shared] === first[shared])) {
    shared++;
  }
  return shared;
}

async function extract(
  archive: string,
  entry: ZipEntry,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const damaged = (reason: string): InputError =>
    new InputError(`${archive} is damaged: ${entry.name} ${reason}; download it again`);
  const writer = await openAtomic(target);
  try {
    let bytes = 0;
    let crc = 0;
    for await (const part of contents(archive, entry, await dataStart(archive, entry, damaged))) {
      if (bytes + part.length > entry.bytes) throw damaged(`holds more than its ${entry.bytes} bytes`);
      crc = crc32(part, crc);
      await writer.write(part, bytes);
      bytes += part.length;
      onBytes(bytes);
    }
    if (bytes !== entry.bytes) throw damaged(`holds ${bytes} of ${entry.bytes} bytes`);
    if (crc !== entry.crc32) throw damaged("has another CRC than its directory says");
    await writer.commit();
  } catch (error) {
    await writer.abort();
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw typeof code === "string" && code.startsWith("Z_")
      ? damaged("cannot be decompressed")
      : fileError("read", archive, error);
  }
}

/** The local header repeats the name and has extra fields of its own length. */
async function dataStart(
  archive: string,
  { offset }: ZipEntry,
  damaged: (reason: string) => InputError,
): Promise<number> {
  const file = await open(archive, "r");
  try {
    const header = Buffer.alloc(30);
    const { bytesRead } = await file.read(header, 0, 30, offset);
    if (bytesRead < 30 || header.readUInt32LE(0) !== 0x04034b50) throw damaged("has no header");
    return offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

function contents(archive: string, entry: ZipEntry, start: number): AsyncIterable<Buffer> {
  if (entry.compressedBytes === 0) return Readable.from([]);
  const stored = createReadStream(archive, { start, end: start + entry.compressedBytes - 1 });
  if (entry.method === 0) return stored;
  const inflate = createInflateRaw();
  stored.on("error", (error) => inflate.destroy(error));
  inflate.on("close", () => stored.destroy());
  return stored.pipe(inflate);
}
