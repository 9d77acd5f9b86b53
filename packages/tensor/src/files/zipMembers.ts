import { inflateSync } from "fflate";
import { crc32 } from "./crc32.js";

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end record and the longest comment after it. */
const END_REACH = 22 + 65535;
/** Deflate makes at most so many bytes of one. */
const BEST_RATIO = 1032;

/** A member of a zip archive: its name, and its contents when they are asked for. */
export interface ZipMember {
  readonly name: string;
  /** Throws where they are damaged, or of another compression than deflate. */
  contents(): Uint8Array;
}

/**
 * The members of a zip archive in memory (APPNOTE 6.3), with Zip64. Throws where there is none, as in a file that is cut off. Whatever sizes the archive says, no memory is taken that its
 * bytes could not fill.
 */
export function zipMembers(bytes: Uint8Array): ZipMember[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, end } = directoryOf(view);
  const members: ZipMember[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY) throw new Error("its directory ends early");
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > end) throw new Error("its directory ends early");
    const utf8 = (view.getUint16(at + 8, true) & 0x800) !== 0;
    const name = new TextDecoder(utf8 ? "utf-8" : "latin1").decode(bytes.subarray(at + 46, nameEnd));
    const method = view.getUint16(at + 10, true);
    const checksum = view.getUint32(at + 16, true);
    const places = placesOf(view, at, nameEnd, extraEnd);
    members.push({
      name,
      contents: () => {
        const contents = contentsOf(bytes, view, method, places);
        if (crc32(contents) !== checksum)
          throw new Error("its bytes have another CRC than its directory says; save or copy it again");
        return contents;
      },
    });
    at = next;
  }
  return members;
}

function directoryOf(view: DataView): {
  readonly count: number;
  readonly start: number;
  readonly end: number;
} {
  const size = view.byteLength;
  let end = size - 22;
  const last = Math.max(0, size - END_REACH);
  while (end >= last && view.getUint32(end, true) !== END) end--;
  if (end < last) throw new Error("it has no directory");
  let count = view.getUint16(end + 10, true);
  let length = view.getUint32(end + 12, true);
  let start = view.getUint32(end + 16, true);
  if (end >= 20 && view.getUint32(end - 20, true) === LOCATOR_64) {
    const record = Number(view.getBigUint64(end - 12, true));
    if (!(record + 56 <= size) || view.getUint32(record, true) !== END_64) {
      throw new Error("it has no directory");
    }
    count = Number(view.getBigUint64(record + 32, true));
    length = Number(view.getBigUint64(record + 40, true));
    start = Number(view.getBigUint64(record + 48, true));
  }
  if (start + length > size) throw new Error("its directory is not in the file");
  return { count, start, end: start + length };
}

interface Places {
  readonly bytes: number;
  readonly compressed: number;
  /** Of the local header. */
  readonly offset: number;
}

/** 64-bit values stand in an extra field, in order, for those that are all ones. */
function placesOf(view: DataView, at: number, extra: number, extraEnd: number): Places {
  const small = {
    bytes: view.getUint32(at + 24, true),
    compressed: view.getUint32(at + 20, true),
    offset: view.getUint32(at + 42, true),
  };
  const missing = (["bytes", "compressed", "offset"] as const).filter((key) => small[key] === 0xffffffff);
  if (missing.length === 0) return small;
  for (let field = extra; field + 4 <= extraEnd; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    if (field + 4 + 8 * missing.length > extraEnd) break;
    const found = missing.map((key, i) => [key, Number(view.getBigUint64(field + 4 + 8 * i, true))] as const);
    return { ...small, ...Object.fromEntries(found) };
  }
  throw new Error("its directory lacks a size");
}

function contentsOf(
  bytes: Uint8Array,
  view: DataView,
  method: number,
  { bytes: length, compressed, offset }: Places,
): Uint8Array {
  if (!(offset + 30 <= bytes.length) || view.getUint32(offset, true) !== LOCAL) {
    throw new Error("it has no header");
  }
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (!(start + compressed <= bytes.length)) throw new Error("the file ends before it");
  const stored = bytes.subarray(start, start + compressed);
  if (method === 0) {
    if (length === compressed) return stored.slice();
  } else if (method !== 8) {
    throw new Error(`it has compression method ${method}, expected deflate`);
  } else if (length <= compressed * BEST_RATIO) {
    const out = inflateSync(stored, { out: new Uint8Array(length) });
    if (out.length === length) return out;
  }
  throw new Error(`it has not the ${length} bytes that the directory says`);
}
