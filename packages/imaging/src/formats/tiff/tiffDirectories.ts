import type { PixelType } from "../../image/image.js";
import { encodeImagejMetadata } from "./imagejMetadata.js";
import type { TiffMetadata } from "./tiffMetadata.js";

const TYPES = { BYTE: 1, ASCII: 2, SHORT: 3, LONG: 4, RATIONAL: 5, LONG8: 16 } as const;
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 16: 8 };

interface Tag {
  readonly tag: number;
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  /** Characters as bytes, numbers, or numerator and denominator. */
  readonly values: ArrayLike<number>;
}

const SAMPLE_FORMATS: Readonly<Record<PixelType, { bits: number; format: number }>> = {
  uint8: { bits: 8, format: 1 },
  uint16: { bits: 16, format: 1 },
  int16: { bits: 16, format: 2 },
  float32: { bits: 32, format: 3 },
};

/** Pixels start here: room for either header, so that the choice between TIFF and BigTIFF can wait for the end. */
export const DATA_START = 16;

/** Directories and 8-byte values start on even offsets; 8 serves both. */
export function align(position: number): number {
  return Math.ceil(position / 8) * 8;
}

/** The tags of one page in ascending order; the first page carries the description. */
export function pageTags(
  { width, height, dtype }: { readonly width: number; readonly height: number; readonly dtype: PixelType },
  strip: { offset: number; bytes: number },
  compression: "none" | "deflate",
  metadata: TiffMetadata,
  first: boolean,
  big: boolean,
): Tag[] {
  const { bits, format } = SAMPLE_FORMATS[dtype];
  const offsetType = big ? TYPES.LONG8 : TYPES.LONG;
  const description = first ? metadata.description : undefined;
  const { xResolution, yResolution, resolutionUnit, whiteIsZero, colorMap } = metadata;
  const palette = colorMap?.length === 3 * 2 ** bits ? colorMap : undefined;
  const photometric = palette ? 3 : whiteIsZero ? 0 : 1;
  const imagej = first && metadata.imagej ? encodeImagejMetadata(metadata.imagej) : undefined;
  const tags: (Tag | undefined | false)[] = [
    { tag: 256, type: TYPES.LONG, values: [width] },
    { tag: 257, type: TYPES.LONG, values: [height] },
    { tag: 258, type: TYPES.SHORT, values: [bits] },
    { tag: 259, type: TYPES.SHORT, values: [compression === "deflate" ? 8 : 1] },
    { tag: 262, type: TYPES.SHORT, values: [photometric] },
    description !== undefined && {
      tag: 270,
      type: TYPES.ASCII,
      values: [...new TextEncoder().encode(description), 0],
    },
    { tag: 273, type: offsetType, values: [strip.offset] },
    { tag: 277, type: TYPES.SHORT, values: [1] },
    { tag: 278, type: TYPES.LONG, values: [height] },
    { tag: 279, type: offsetType, values: [strip.bytes] },
    xResolution && { tag: 282, type: TYPES.RATIONAL, values: xResolution },
    yResolution && { tag: 283, type: TYPES.RATIONAL, values: yResolution },
    resolutionUnit !== undefined && { tag: 296, type: TYPES.SHORT, values: [resolutionUnit] },
    compression === "deflate" && dtype !== "float32" && { tag: 317, type: TYPES.SHORT, values: [2] },
    palette && { tag: 320, type: TYPES.SHORT, values: palette },
    { tag: 339, type: TYPES.SHORT, values: [format] },
    imagej && { tag: 50838, type: TYPES.LONG, values: imagej.counts },
    imagej && { tag: 50839, type: TYPES.BYTE, values: imagej.bytes },
  ];
  return tags.filter((tag) => tag !== undefined && tag !== false);
}

/** The chain of directories as it stands at file offset `start`: each directory, then its values that do not fit inline. */
export function encodeDirectories(
  pages: readonly (readonly Tag[])[],
  start: number,
  big: boolean,
): Uint8Array {
  const inline = big ? 8 : 4;
  const entryBytes = big ? 20 : 12;
  const frame = big ? 16 : 6;
  const valueBytes = ({ type, values }: Tag): number =>
    TYPE_BYTES[type]! * (type === TYPES.RATIONAL ? values.length / 2 : values.length);
  const sizes = pages.map((tags) => {
    const head = align(frame + entryBytes * tags.length);
    const extra = tags.map(valueBytes).filter((bytes) => bytes > inline);
    return extra.reduce((sum, bytes) => sum + align(bytes), head);
  });
  const out = new Uint8Array(sizes.reduce((a, b) => a + b, 0));
  const view = new DataView(out.buffer);
  const putOffset = (at: number, value: number): void =>
    big ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
  const putValues = (at: number, { type, values }: Tag): void => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      switch (type) {
        case TYPES.BYTE:
        case TYPES.ASCII:
          view.setUint8(at + i, value);
          break;
        case TYPES.SHORT:
          view.setUint16(at + 2 * i, value, true);
          break;
        case TYPES.LONG:
        case TYPES.RATIONAL:
          view.setUint32(at + 4 * i, value, true);
          break;
        case TYPES.LONG8:
          view.setBigUint64(at + 8 * i, BigInt(value), true);
          break;
        default:
          throw new Error(`encodeDirectories: unknown type ${type satisfies never}`);
      }
    }
  };

  let at = 0;
  pages.forEach((tags, page) => {
    const end = at + sizes[page]!;
    let extra = at + align(frame + entryBytes * tags.length);
    if (big) view.setBigUint64(at, BigInt(tags.length), true);
    else view.setUint16(at, tags.length, true);
    tags.forEach((tag, i) => {
      const entry = at + (big ? 8 : 2) + i * entryBytes;
      const bytes = valueBytes(tag);
      view.setUint16(entry, tag.tag, true);
      view.setUint16(entry + 2, tag.type, true);
      putOffset(entry + 4, bytes / TYPE_BYTES[tag.type]!);
      const value = entry + (big ? 12 : 8);
      if (bytes <= inline) {
        putValues(value, tag);
      } else {
        putOffset(value, start + extra);
        putValues(extra, tag);
        extra += align(bytes);
      }
    });
    putOffset(at + (big ? 8 : 2) + tags.length * entryBytes, page + 1 < pages.length ? start + end : 0);
    at = end;
  });
  return out;
}

/** The first 16 bytes of a file whose chain of directories starts at an offset. */
export function encodeHeader(firstDirectory: number, big: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(DATA_START));
  view.setUint16(0, 0x4949, true);
  if (big) {
    view.setUint16(2, 43, true);
    view.setUint16(4, 8, true);
    view.setBigUint64(8, BigInt(firstDirectory), true);
  } else {
    view.setUint16(2, 42, true);
    view.setUint32(4, firstDirectory, true);
  }
  return new Uint8Array(view.buffer);
}
