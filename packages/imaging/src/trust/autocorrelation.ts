import type { Plane } from "../image/image.js";

/** Autocorrelation of a page at the lags from -maxLag to maxLag along both axes. */
export interface Autocorrelation {
  readonly maxLag: number;
  /** `values[(dy + maxLag) * (2 maxLag + 1) + dx + maxLag]`; 1 in the middle, and the same at (dy, dx) and (-dy, -dx). */
  readonly values: Float64Array;
  /** The largest magnitude away from the middle, and its lag. */
  readonly largest: { readonly value: number; readonly dx: number; readonly dy: number };
  /** White noise stays below this at every lag in 99 of 100 pages. */
  readonly whiteBound: number;
}

/**
 * Autocorrelation of a page about its mean: the mean product of pixels (dy, dx) apart, over those pairs that lie in the page, divided by the variance.
 * A constant page has 0 everywhere but in the middle. `maxLag` below the page's sides, pixels.
 */
export function autocorrelation(page: Plane, maxLag = 8): Autocorrelation {
  const { width, height, data } = page;
  if (maxLag < 1 || maxLag >= Math.min(width, height)) {
    throw new Error(
      `autocorrelation: expected lags from 1 to below the page's sides, got ${maxLag} for ${width} x ${height}`,
    );
  }
  let mean = 0;
  for (let i = 0; i < data.length; i++) mean += data[i]!;
  mean /= data.length;
  const centred = Float64Array.from(data, (value) => value - mean);
  const variance = centred.reduce((sum, value) => sum + value * value, 0) / data.length;
  const side = 2 * maxLag + 1;
  const values = new Float64Array(side * side);
  const middle = maxLag * side + maxLag;
  values[middle] = 1;
  // What rounding leaves of a constant page is no variance.
  const varies = variance > (1e-12 * mean) ** 2;
  let largest = { value: 0, dx: 0, dy: 0 };
  for (let dy = 0; varies && dy <= maxLag; dy++) {
    for (let dx = dy === 0 ? 1 : -maxLag; dx <= maxLag; dx++) {
      const first = Math.max(0, -dx);
      const last = Math.min(width, width - dx);
      let sum = 0;
      for (let y = 0; y + dy < height; y++) {
        const here = y * width;
        const there = here + dy * width + dx;
        for (let x = first; x < last; x++) sum += centred[here + x]! * centred[there + x]!;
      }
      const value = sum / ((last - first) * (height - dy)) / variance;
      values[middle + dy * side + dx] = value;
      values[middle - dy * side - dx] = value;
      if (Math.abs(value) > Math.abs(largest.value)) largest = { value, dx, dy };
    }
  }
  // Each lag is about N(0, 1 / pixels), and there are some 144 of them: the 1 - 0.01 / 144 / 2 quantile is 4.1 standard deviations.
  return { maxLag, values, largest, whiteBound: 4.1 / Math.sqrt(data.length) };
}
