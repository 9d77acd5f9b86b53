import { tileBands } from "./tileBands.js";

/** A part of a page on its way through the network. */
export interface Tile {
  /** Row-major, `height * width * frames`. */
  readonly data: Float32Array;
  readonly height: number;
  readonly width: number;
  /** Values of each pixel. */
  readonly frames: number;
  /** The row and the column of the page that it begins at. */
  readonly top: number;
  readonly left: number;
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
  /** Tiles begin at multiples, too. Default false: they are spread evenly. */
  readonly aligned?: boolean;
}

/** What the page has for each pixel, default 1. */
export interface PageFrames {
  readonly frames?: number;
}

/** Images of the tile's size. */
export type MapTile = (tile: Tile) => Promise<readonly ArrayLike<number>[]>;

/**
 * Covers a page with tiles that overlap by a quarter or more (one where it is small enough; mirrored at the right and bottom to whole multiples), maps each to images of
 * its size, and blends those with sin^2 ramps into images of the page's size. A page may have several values for each pixel, the frames, one after the other; images have one.
 */
export async function mapTiles(
  page: Float32Array,
  width: number,
  height: number,
  { frames = 1, ...options }: TilesOptions & PageFrames,
  map: MapTile,
): Promise<Float32Array[]> {
  const across = width * frames;
  const rows = (top: number, bottom: number): Float32Array => page.subarray(top * across, bottom * across);
  const outputs: Float32Array[] = [];
  for await (const band of tileBands({ width, height, frames, rows }, options, map)) {
    if (band.height === height) return [...band.images];
    band.images.forEach((image, i) => {
      outputs[i] ??= new Float32Array(width * height);
      outputs[i].set(image, band.top * width);
    });
  }
  return outputs;
}
