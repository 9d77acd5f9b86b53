import { type Tag, TYPE_BYTES } from "./tiffTags.js";

/** Pixels start here: room for either header, so that the choice between TIFF and BigTIFF can wait for the end. */
export const DATA_START = 16;

/** Directories and 8-byte values start on even offsets; 8 serves both. */
export function align(position: number): number {
  return Math.ceil(position / 8) * 8;
}

/** Sizes of the parts of a directory. */
const partsOf = (big: boolean) =>
  big ? { inline: 8, entry: 20, count: 8, frame: 16 } : { inline: 4, entry: 12, count: 2, frame: 6 };

/** Bytes of a directory with its values, up to where the next one may start. */
export function directoryBytes(tags: readonly Tag[], big: boolean): number {
  const { inline, entry, frame } = partsOf(big);
  return tags.reduce(
    (sum, { bytes }) => (bytes.length > inline ? sum + align(bytes.length) : sum),
    align(frame + entry * tags.length),
  );
}

/**
 * A directory as it stands at file offset `start`: its entries by number, then the values that do not fit in there. The next one follows unless it is the last.
 */
export function encodeDirectory(
  tags: readonly Tag[],
  start: number,
  big: boolean,
  last: boolean,
): Uint8Array {
  const { inline, entry, count, frame } = partsOf(big);
  const out = new Uint8Array(directoryBytes(tags, big));
  const view = new DataView(out.buffer);
  const putNumber = (at: number, value: number): void =>
    big ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
  if (big) view.setBigUint64(0, BigInt(tags.length), true);
  else view.setUint16(0, tags.length, true);
  let extra = align(frame + entry * tags.length);
  tags
    .toSorted((a, b) => a.tag - b.tag)
    .forEach(({ tag, type, bytes }, i) => {
      const at = count + i * entry;
      view.setUint16(at, tag, true);
      view.setUint16(at + 2, type, true);
      putNumber(at + 4, bytes.length / TYPE_BYTES[type]!);
      const value = at + entry - inline;
      if (bytes.length <= inline) {
        out.set(bytes, value);
      } else {
        putNumber(value, start + extra);
        out.set(bytes, extra);
        extra += align(bytes.length);
      }
    });
  putNumber(count + tags.length * entry, last ? 0 : start + out.length);
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
