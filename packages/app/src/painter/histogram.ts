import type { PlanePixels } from "../engine/engine.js";

/** Number of pixels in each of `bins` equal intervals from `least` to `greatest`; pixels outside, and NaN, are in none. */
export function histogramOf(
  { data }: PlanePixels,
  least: number,
  greatest: number,
  bins: number,
): Float64Array {
  const counts = new Float64Array(bins);
  const factor = bins / Math.max(greatest - least, Number.MIN_VALUE);
  for (const value of data) {
    if (!(value >= least && value <= greatest)) continue;
    counts[Math.min(bins - 1, Math.floor((value - least) * factor))]!++;
  }
  return counts;
}
