import type { Plane } from "../image/image.js";
import { gaussianBlur } from "./gaussianBlur.js";

/** Poisson-Gaussian noise in grey values: its variance at the expected grey value m is `gain m + offset`. */
export interface NoiseModel {
  /** Grey values per electron, >= 0; 0 where the noise does not grow with the signal. */
  readonly gain: number;
  /** Grey values squared: gain^2 readNoise^2 - gain * (grey value without light). May be negative. */
  readonly offset: number;
}

/** E|N(0, 1)| has median 0.6745. */
const NORMAL_MEDIAN = 0.6744897501960817;
const BINS = 24;

/**
 * Estimates the Poisson-Gaussian noise of a page from the page alone. The residual of the 3 x 3 mask [1 -2 1]^T [1 -2 1] / 6 (Immerkaer 1996), which planes and
 * edges along the axes vanish from, is put into bins of equal count by the smoothed grey value; the median absolute residual of each bin, which a few
 * structures do not move, gives its variance; and a line is fitted to the variances, reweighted (Cauchy) against bins that structures fill.
 * Pages of at least 16 x 16 pixels. A page without noise gives gain 0 and offset 0.
 */
export function estimateNoise(page: Plane): NoiseModel {
  const { width, height, data } = page;
  if (width < 16 || height < 16) {
    throw new Error(`estimateNoise: expected a page of at least 16 x 16 pixels, got ${width} x ${height}`);
  }
  const smooth = gaussianBlur(page, 2).data;
  const count = (width - 2) * (height - 2);
  const place = new Int32Array(count);
  const residual = new Float64Array(width * height);
  let next = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const row = (middle: number): number => data[middle - 1]! - 2 * data[middle]! + data[middle + 1]!;
      residual[at] = Math.abs(row(at - width) - 2 * row(at) + row(at + width)) / 6;
      place[next++] = at;
    }
  }
  place.sort((a, b) => smooth[a]! - smooth[b]!);

  const bins: Bin[] = [];
  for (let bin = 0; bin < BINS; bin++) {
    const part = place.subarray(Math.floor((bin * count) / BINS), Math.floor(((bin + 1) * count) / BINS));
    const sizes = Float64Array.from(part, (at) => residual[at]!).sort();
    const deviation = sizes[sizes.length >> 1]! / NORMAL_MEDIAN;
    const signal = part.reduce((sum, at) => sum + smooth[at]!, 0) / part.length;
    bins.push({ signal, variance: deviation * deviation });
  }
  return fitLine(bins);
}

interface Bin {
  readonly signal: number;
  readonly variance: number;
}

function fitLine(bins: readonly Bin[]): NoiseModel {
  let outlier = bins.map(() => 1);
  let line: NoiseModel = { gain: 0, offset: 0 };
  for (let round = 0; round < 20; round++) {
    let [w, x, y, xx, xy] = [0, 0, 0, 0, 0];
    bins.forEach(({ signal, variance }, i) => {
      // The standard error of an estimated variance is in proportion to the variance.
      const weight = outlier[i]! / Math.max(variance, 1e-12) ** 2;
      w += weight;
      x += weight * signal;
      y += weight * variance;
      xx += weight * signal * signal;
      xy += weight * signal * variance;
    });
    const determinant = w * xx - x * x;
    const gain = determinant > 1e-12 * w * xx ? (w * xy - x * y) / determinant : 0;
    line = gain > 0 ? { gain, offset: (y - gain * x) / w } : { gain: 0, offset: y / w };
    const errors = bins.map(({ signal, variance }) =>
      variance > 0 ? (variance - line.gain * signal - line.offset) / variance : 0,
    );
    const scale = errors.map(Math.abs).sort((a, b) => a - b)[bins.length >> 1]! / NORMAL_MEDIAN;
    if (scale === 0) break;
    outlier = errors.map((error) => 1 / (1 + (error / (2.385 * scale)) ** 2));
  }
  return line;
}
