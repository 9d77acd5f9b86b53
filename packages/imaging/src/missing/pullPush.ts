import { fromFunction } from "../image/fromFunction.js";
import type { Plane } from "../image/image.js";

/** A page at some resolution, of which parts are known. */
export interface Level {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
  /** The part of the pixel that is known, 0 to 1. */
  readonly weights: Float64Array;
}

/** The finest level: the page itself. */
export const finest = ({ width, height, data }: Plane, missing: Uint8Array): Level => ({
  width,
  height,
  values: fromFunction(new Float64Array(data.length), (i) => (missing[i] ? 0 : data[i]!)),
  weights: fromFunction(new Float64Array(missing.length), (i) => 1 - missing[i]!),
});

/** Fills a level, in place, from all coarser ones. False where nothing of it is known. */
export function fillLevel(level: Level): boolean {
  const levels = [level];
  for (let last = level; last.width * last.height > 1; last = levels.at(-1)!) levels.push(coarser(last));
  if (levels.at(-1)!.weights[0] === 0) return false;
  for (let i = levels.length - 2; i >= 0; i--) interpolate(levels[i]!, levels[i + 1]!);
  return true;
}

/** The level of half the resolution: means of 2 x 2 known pixels. */
export function coarser({ width, height, values, weights }: Level): Level {
  const [columns, rows] = [(width + 1) >> 1, (height + 1) >> 1];
  const sums = new Float64Array(columns * rows);
  const known = new Float64Array(columns * rows);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * width + x;
      const to = (y >> 1) * columns + (x >> 1);
      sums[to]! += weights[from]! * values[from]!;
      known[to]! += weights[from]!;
    }
  }
  for (let i = 0; i < sums.length; i++) {
    if (known[i]! > 0) sums[i]! /= known[i]!;
    known[i] = Math.min(1, known[i]!);
  }
  return { width: columns, height: rows, values: sums, weights: known };
}

/** Fills what is missing of a level from the next coarser one, which is filled. */
export function interpolate({ width, height, values, weights }: Level, coarse: Level): void {
  for (let y = 0; y < height; y++) {
    const [top, bottom, down] = between(y, coarse.height);
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const weight = weights[at]!;
      if (weight === 1) continue;
      const [left, right, along] = between(x, coarse.width);
      const row = (start: number): number =>
        (1 - along) * coarse.values[start * coarse.width + left]! +
        along * coarse.values[start * coarse.width + right]!;
      const filled = (1 - down) * row(top) + down * row(bottom);
      values[at] = weight * values[at]! + (1 - weight) * filled;
    }
  }
}

/** The two pixels of a level of half the resolution between whose middles that of a pixel lies, and how far from the first. */
function between(position: number, length: number): readonly [number, number, number] {
  const place = Math.min(length - 1, Math.max(0, (position + 0.5) / 2 - 0.5));
  const first = Math.floor(place);
  return [first, Math.min(length - 1, first + 1), place - first];
}
