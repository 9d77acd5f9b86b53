import type { RandomAccess } from "../../src/formats/randomAccess.js";

/** Bytes in memory that count what is read of them. */
export function countedBytes(bytes: Uint8Array): RandomAccess & { bytesRead: number } {
  const counted = {
    byteLength: bytes.length,
    bytesRead: 0,
    read: async (offset: number, length: number) => {
      if (offset + length > bytes.length) throw new Error(`read beyond the end: ${offset} + ${length}`);
      counted.bytesRead += length;
      return bytes.slice(offset, offset + length);
    },
  };
  return counted;
}

/** Pixel x, y of a page. */
export const pixelAt = (page: number, x: number, y: number): number =>
  (page * 7919 + y * 613 + x * 17) % 65536;

/** An uncompressed little-endian uint16 TIFF of pages in tiles or strips, with a description. */
export function handmadeTiff(options: {
  readonly width: number;
  readonly height: number;
  readonly pages: number;
  /** Width and height of a tile, or the rows of a strip. */
  readonly blocks: readonly [number, number] | number;
  readonly description?: string;
  /** The number of the first page among those that `pixelAt` tells apart. Default 0. */
  readonly first?: number;
}): Uint8Array {
  const { width, height, pages, blocks, description, first = 0 } = options;
  const [blockWidth, blockHeight] = typeof blocks === "number" ? [width, blocks] : blocks;
  const tiled = typeof blocks !== "number";
  const parts: Uint8Array[] = [];
  let length = 8;
  const put = (part: Uint8Array): number => {
    const at = length;
    parts.push(part);
    length += part.length;
    return at;
  };
  const longs = (values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
  let next = 0;
  let firstDirectory = 0;
  const links: { readonly part: Uint8Array; readonly at: number }[] = [];
  for (let page = 0; page < pages; page++) {
    const [offsets, counts]: [number[], number[]] = [[], []];
    for (let top = 0; top < height; top += blockHeight) {
      for (let left = 0; left < width; left += blockWidth) {
        const rows = tiled ? blockHeight : Math.min(blockHeight, height - top);
        const block = new Uint16Array(blockWidth * rows);
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x < blockWidth; x++)
            block[y * blockWidth + x] = pixelAt(first + page, left + x, top + y);
        }
        offsets.push(put(new Uint8Array(block.buffer)));
        counts.push(block.byteLength);
      }
    }
    const text =
      page === 0 && description !== undefined ? new TextEncoder().encode(`${description}\0`) : undefined;
    const textAt = text && put(text);
    put(new Uint8Array(length % 2));
    const many = (values: readonly number[]): number =>
      values.length === 1 ? values[0]! : put(longs(values));
    const entries: [tag: number, type: number, count: number, value: number][] = [
      [256, 4, 1, width],
      [257, 4, 1, height],
      [258, 3, 1, 16],
      [259, 3, 1, 1],
      [262, 3, 1, 1],
      ...(text ? [[270, 2, text.length, textAt!] as [number, number, number, number]] : []),
      ...(tiled ? [] : [[273, 4, offsets.length, many(offsets)] as [number, number, number, number]]),
      [277, 3, 1, 1],
      ...((tiled
        ? [
            [322, 4, 1, blockWidth],
            [323, 4, 1, blockHeight],
            [324, 4, offsets.length, many(offsets)],
            [325, 4, counts.length, many(counts)],
          ]
        : [
            [278, 4, 1, blockHeight],
            [279, 4, counts.length, many(counts)],
          ]) as [number, number, number, number][]),
    ];
    const directory = new Uint8Array(2 + 12 * entries.length + 4);
    const view = new DataView(directory.buffer);
    view.setUint16(0, entries.length, true);
    entries.forEach(([tag, type, count, value], i) => {
      view.setUint16(2 + 12 * i, tag, true);
      view.setUint16(4 + 12 * i, type, true);
      view.setUint32(6 + 12 * i, count, true);
      if (type === 3) view.setUint16(10 + 12 * i, value, true);
      else view.setUint32(10 + 12 * i, value, true);
    });
    const at = put(directory);
    const link = links.at(-1);
    if (link) new DataView(link.part.buffer).setUint32(link.at, at, true);
    else firstDirectory = at;
    links.push({ part: directory, at: directory.length - 4 });
    next = at;
  }
  if (next === 0) throw new Error("handmadeTiff: expected at least one page");
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  out.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, firstDirectory, true);
  let at = 8;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
