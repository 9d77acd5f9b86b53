import { reflect } from "@clidim/imaging";
import { axisTiles } from "./axisTiles.js";

/** A part of a page on its way through the network. */
export interface Tile {
  /** Row-major, `height * width`. */
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Of `count` tiles, from 0. */
  readonly index: number;
  readonly count: number;
}

export interface TilesOptions {
  /** Sides of tiles are multiples of it. */
  readonly multiple: number;
  /** No side is longer than the largest multiple that this holds. */
  readonly maxSide: number;
}

/**
 * Covers a page with tiles that overlap by a quarter or more (one where it is small enough; mirrored at the right and bottom to whole multiples), maps each to images of
 * its size, and blends those with sin^2 ramps into images of the page's size.
 */
export async function mapTiles(
  page: Float32Array,
  width: number,
  height: number,
  { multiple, maxSide }: TilesOptions,
  map: (tile: Tile) => Promise<readonly ArrayLike<number>[]>,
): Promise<Float32Array[]> {
  const side = Math.max(multiple, Math.floor(maxSide / multiple) * multiple);
  const rows = axisTiles(height, multiple, side);
  const columns = axisTiles(width, multiple, side);
  const outputs: Float32Array[] = [];
  let index = 0;
  for (const row of rows) {
    for (const column of columns) {
      const images = await map({
        data: cut(page, width, height, row, column),
        height: row.size,
        width: column.size,
        index: index++,
        count: rows.length * columns.length,
      });
      const [tileHeight, tileWidth] = [
        Math.min(row.size, height - row.start),
        Math.min(column.size, width - column.start),
      ];
      images.forEach((image, i) => {
        outputs[i] ??= new Float32Array(page.length);
        const output = outputs[i];
        for (let y = 0; y < tileHeight; y++) {
          const to = (row.start + y) * width + column.start;
          const from = y * column.size;
          for (let x = 0; x < tileWidth; x++) {
            output[to + x]! += row.weights[y]! * column.weights[x]! * image[from + x]!;
          }
        }
      });
    }
  }
  return outputs;
}

type Extent = { readonly start: number; readonly size: number };

/** A tile of the page, mirrored where it runs past the page's end. */
function cut(page: Float32Array, width: number, height: number, row: Extent, column: Extent): Float32Array {
  const tile = new Float32Array(row.size * column.size);
  const from = Int32Array.from({ length: column.size }, (_, x) => reflect(column.start + x, width));
  for (let y = 0; y < row.size; y++) {
    const offset = reflect(row.start + y, height) * width;
    for (let x = 0; x < column.size; x++) tile[y * column.size + x] = page[offset + from[x]!]!;
  }
  return tile;
}
