import { type FileHandle, open } from "node:fs/promises";
import { fileError } from "../files/fileError.js";
import { InputError } from "../image/inputError.js";

/** A file in a zip archive. */
export interface ZipEntry {
  /** As stored, unchecked. */
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly link: boolean;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Position of the local header. */
  readonly offset: number;
}

/** What an archive holds. */
export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Bytes of the archive; all entries lie within. */
  readonly byteLength: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
/** The end record and the longest comment after it. */
const END_REACH = 22 + 65535;

/**
 * Reads the central directory of a zip archive (APPNOTE 6.3), with Zip64. An `InputError` where there is none, as in a file that is cut off, and where a file of it is not within the archive.
 */
export async function zipDirectory(path: string): Promise<ZipDirectory> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { size } = await file.stat();
    const damaged = new InputError(`${path} is not a zip archive, or is cut off`);
    const tail = await readAt(file, Math.max(0, size - END_REACH), Math.min(size, END_REACH), damaged);
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== END) end--;
    if (end < 0) throw damaged;
    let count = tail.readUInt16LE(end + 10);
    let length = tail.readUInt32LE(end + 12);
    let start = tail.readUInt32LE(end + 16);
    if (end >= 20 && tail.readUInt32LE(end - 20) === LOCATOR_64) {
      const position = Number(tail.readBigUInt64LE(end - 12));
      if (position + 56 > size) throw damaged;
      const record = await readAt(file, position, 56, damaged);
      if (record.readUInt32LE(0) !== END_64) throw damaged;
      count = Number(record.readBigUInt64LE(32));
      length = Number(record.readBigUInt64LE(40));
      start = Number(record.readBigUInt64LE(48));
    }
    if (start + length > size) throw damaged;
    const entries = parseEntries(await readAt(file, start, length, damaged), count, damaged);
    if (entries.some(({ offset, compressedBytes }) => offset + 30 + compressedBytes > size)) throw damaged;
    return { entries, byteLength: size };
  } catch (error) {
    throw fileError("read", path, error);
  } finally {
    await file?.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number, damaged: Error): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw damaged;
    done += bytesRead;
  }
  return buffer;
}

function parseEntries(directory: Buffer, count: number, damaged: Error): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY) throw damaged;
    const flags = directory.readUInt16LE(at + 8);
    const nameEnd = at + 46 + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    const next = extraEnd + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw damaged;
    // Made on Unix: the upper half of the attributes are the file's mode.
    const mode = directory.readUInt8(at + 5) === 3 ? directory.readUInt16LE(at + 40) : 0;
    const small = {
      bytes: directory.readUInt32LE(at + 24),
      compressedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    };
    entries.push({
      name: directory.toString(flags & 0x800 ? "utf8" : "latin1", at + 46, nameEnd),
      method: directory.readUInt16LE(at + 10),
      encrypted: (flags & 1) !== 0,
      link: (mode & 0xf000) === 0xa000,
      crc32: directory.readUInt32LE(at + 16),
      ...large(directory.subarray(nameEnd, extraEnd), small, damaged),
    });
    at = next;
  }
  return entries;
}

type Places = Pick<ZipEntry, "bytes" | "compressedBytes" | "offset">;

/** Puts in the 64-bit values of the extra field, in order, for those that are all ones. */
function large(extra: Buffer, small: Places, damaged: Error): Places {
  const missing = (["bytes", "compressedBytes", "offset"] as const).filter(
    (key) => small[key] === 0xffffffff,
  );
  if (missing.length === 0) return small;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const values = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    if (values.length < 8 * missing.length) throw damaged;
    const found = missing.map((key, i) => [key, Number(values.readBigUInt64LE(8 * i))] as const);
    return { ...small, ...Object.fromEntries(found) };
  }
  throw damaged;
}
