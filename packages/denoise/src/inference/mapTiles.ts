import { tileBands } from "./tileBands.js";

/** A part of a page on its way through the network. */
export interface Tile {
  /** Row-major, `height * width`. */
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
  /** How much of it is the page's; the rest is mirrored. */
  readonly rows: number;
  readonly columns: number;
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

/** Images of the tile's size. */
export type MapTile = (tile: Tile) => Promise<readonly ArrayLike<number>[]>;

/**
 * Covers a page with tiles that overlap by a quarter or more (one where it is small enough; mirrored at the right and bottom to whole multiples), maps each to images of
 * its size, and blends those with sin^2 ramps into images of the page's size.
 */
export async function mapTiles(
  page: Float32Array,
  width: number,
  height: number,
  options: TilesOptions,
  map: MapTile,
): Promise<Float32Array[]> {
  const rows = (top: number, bottom: number): Float32Array => page.subarray(top * width, bottom * width);
  const outputs: Float32Array[] = [];
  for await (const band of tileBands({ width, height, rows }, options, map)) {
    if (band.height === height) return [...band.images];
    band.images.forEach((image, i) => {
      outputs[i] ??= new Float32Array(page.length);
      outputs[i].set(image, band.top * width);
    });
  }
  return outputs;
}
