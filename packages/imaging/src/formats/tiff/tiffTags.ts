/** The types of a tag's values, as numbers in the file. */
export const TYPES = {
  BYTE: 1,
  ASCII: 2,
  SHORT: 3,
  LONG: 4,
  RATIONAL: 5,
  SBYTE: 6,
  UNDEFINED: 7,
  SSHORT: 8,
  SLONG: 9,
  SRATIONAL: 10,
  FLOAT: 11,
  DOUBLE: 12,
  IFD: 13,
  LONG8: 16,
  SLONG8: 17,
  IFD8: 18,
} as const;

/** Bytes of a value of each type. */
export const TYPE_BYTES: Readonly<Record<number, number>> = {
  ...{
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
  },
};

/** Bytes that a byte order turns round: those of a value, of fractions those of either number. */
export const UNIT_BYTES: Readonly<Record<number, number>> = { ...TYPE_BYTES, 5: 4, 10: 4 };

/** The tags that something else than the layout of pixels is read from or written to. */
export const TAGS = {
  imageDescription: 270,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
  software: 305,
  /** GDAL's, a number as text. */
  nodata: 42113,
} as const;

/** A tag of a page. Nobody writes to it: pages share those that are the same. */
export interface Tag {
  readonly tag: number;
  readonly type: number;
  /** The values as a little-endian file has them. */
  readonly bytes: Uint8Array;
}

/** Every platform that runs JavaScript engines of today stores numbers little-endian. */
const bytesOf = ({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(buffer);

/** Values are lists and no arguments: of these an engine takes fewer than there are tiles or colours. */
export const shorts = (tag: number, values: ArrayLike<number>): Tag => {
  return { tag, type: TYPES.SHORT, bytes: bytesOf(Uint16Array.from(values)) };
};

export const longs = (tag: number, values: ArrayLike<number>): Tag => {
  return { tag, type: TYPES.LONG, bytes: bytesOf(Uint32Array.from(values)) };
};

/** Positions and lengths in the file: 64 bits in a BigTIFF. */
export const offsets = (tag: number, values: readonly number[], big: boolean): Tag =>
  big
    ? { tag, type: TYPES.LONG8, bytes: bytesOf(BigUint64Array.from(values, (value) => BigInt(value))) }
    : longs(tag, values);

export const rational = (tag: number, [numerator, denominator]: readonly [number, number]): Tag => {
  return { tag, type: TYPES.RATIONAL, bytes: bytesOf(Uint32Array.of(numerator, denominator)) };
};

/** Text as UTF-8, with the zero byte that ends it. */
export const ascii = (tag: number, text: string): Tag => {
  return { tag, type: TYPES.ASCII, bytes: new TextEncoder().encode(`${text}\0`) };
};

/** What a text tag says, without the zero bytes at its end: UTF-8 where it is that, else Latin-1. */
export function textOf({ bytes }: Tag): { readonly text: string; readonly latin1: boolean } {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  const text = bytes.subarray(0, end);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text), latin1: false };
  } catch {
    // The decoder's "latin1" has other letters from 0x80 to 0x9f.
    return { text: Array.from(text, (byte) => String.fromCharCode(byte)).join(""), latin1: true };
  }
}

/** Whether values of a type are whole numbers of zero or more. */
export function isWhole(type: number): boolean {
  return [TYPES.BYTE, TYPES.SHORT, TYPES.LONG, TYPES.IFD, TYPES.LONG8, TYPES.IFD8].some(
    (whole) => whole === type,
  );
}

/** The values of a tag for which `isWhole` is true. Those beyond 2^53 are rounded. */
export function wholeNumbersOf({ type, bytes }: Tag): ArrayLike<number> {
  const count = Math.floor(bytes.length / (TYPE_BYTES[type] ?? 1));
  // Arrays of wider numbers start at multiples of their width.
  const { buffer } = bytes.slice();
  if (type === TYPES.BYTE) return bytes;
  if (type === TYPES.SHORT) return new Uint16Array(buffer, 0, count);
  if (type === TYPES.LONG || type === TYPES.IFD) return new Uint32Array(buffer, 0, count);
  return Float64Array.from(new BigUint64Array(buffer, 0, count), Number);
}

/** The first numerator and denominator of a tag; undefined for another type. */
export function rationalOf({ type, bytes }: Tag): readonly [number, number] | undefined {
  if (type !== TYPES.RATIONAL || bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.getUint32(0, true), view.getUint32(4, true)];
}

/** The first number of a tag of 16 or 32 bits; undefined for another type. */
export function numberOf({ type, bytes }: Tag): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === TYPES.SHORT && bytes.length >= 2) return view.getUint16(0, true);
  if (type === TYPES.LONG && bytes.length >= 4) return view.getUint32(0, true);
  return undefined;
}
