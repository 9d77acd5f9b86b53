/** Records of zip archives (APPNOTE 6.3) whose files are stored as they are, with those of Zip64 where something is too large for the others. */

/** A file of an archive. */
export interface ZippedFile {
  readonly name: string;
  readonly size: number;
  /** CRC-32 of its bytes. */
  readonly crc: number;
  readonly changed: Date;
  /** Where its header is in the archive. */
  readonly offset: number;
}

/** What a field of so many bytes has where the value is in a Zip64 record instead. */
const ELSEWHERE = { 2: 0xffff, 4: 0xffffffff } as const;

/** What stands in a record: the number of bytes and the value, or bytes. */
type Field = readonly [bytes: 2 | 4 | 8, value: number] | Uint8Array;

function record(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const lengths = fields.map((field) => (field instanceof Uint8Array ? field.length : field[0]));
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  fields.forEach((field, i) => {
    if (field instanceof Uint8Array) bytes.set(field, at);
    else if (field[0] === 2) view.setUint16(at, field[1], true);
    else if (field[0] === 4) view.setUint32(at, field[1], true);
    else view.setBigUint64(at, BigInt(field[1]), true);
    at += lengths[i]!;
  });
  return bytes;
}

/** The extra field of Zip64. */
const large = (...values: readonly number[]): Uint8Array =>
  record([2, 1], [2, 8 * values.length], ...values.map((value): Field => [8, value]));

const NOTHING = new Uint8Array(0);

/** The version that a reader has to know, the flag of names in UTF-8, no compression, time and date of MS-DOS, and the CRC. */
function described({ changed, crc }: ZippedFile, zip64: boolean): readonly Field[] {
  const time = (changed.getHours() << 11) | (changed.getMinutes() << 5) | (changed.getSeconds() >> 1);
  const date = ((changed.getFullYear() - 1980) << 9) | ((changed.getMonth() + 1) << 5) | changed.getDate();
  return [
    [2, zip64 ? 45 : 20],
    [2, 0x800],
    [2, 0],
    [2, time],
    [2, date],
    [4, crc],
  ];
}

/** What stands before the bytes of a file. */
export function fileHeader(file: ZippedFile): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(file.name);
  const zip64 = file.size >= ELSEWHERE[4];
  const extra = zip64 ? large(file.size, file.size) : NOTHING;
  const size = zip64 ? ELSEWHERE[4] : file.size;
  return record(
    [4, 0x04034b50],
    ...described(file, zip64),
    [4, size],
    [4, size],
    [2, name.length],
    [2, extra.length],
    name,
    extra,
  );
}

/** What the directory has of a file. */
export function directoryEntry(file: ZippedFile): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(file.name);
  const zip64 = Math.max(file.size, file.offset) >= ELSEWHERE[4];
  const extra = zip64 ? large(file.size, file.size, file.offset) : NOTHING;
  const [size, offset] = zip64 ? [ELSEWHERE[4], ELSEWHERE[4]] : [file.size, file.offset];
  return record(
    [4, 0x02014b50],
    [2, 45],
    ...described(file, zip64),
    [4, size],
    [4, size],
    [2, name.length],
    [2, extra.length],
    // No comment, the first disk, no attributes.
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, offset],
    name,
    extra,
  );
}

/** What stands at the end: `count` files, whose directory is at `start` with `length` bytes. */
export function archiveEnd(count: number, start: number, length: number): Uint8Array<ArrayBuffer> {
  const zip64 = count >= ELSEWHERE[2] || Math.max(start, length) >= ELSEWHERE[4];
  const end = record(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, zip64 ? ELSEWHERE[2] : count],
    [2, zip64 ? ELSEWHERE[2] : count],
    [4, zip64 ? ELSEWHERE[4] : length],
    [4, zip64 ? ELSEWHERE[4] : start],
    [2, 0],
  );
  if (!zip64) return end;
  return record(
    // The end with large numbers, of 44 more bytes,
    [4, 0x06064b50],
    [8, 44],
    [2, 45],
    [2, 45],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, length],
    [8, start],
    // and where it is, on the only disk.
    [4, 0x07064b50],
    [4, 0],
    [8, start + length],
    [4, 1],
    end,
  );
}
