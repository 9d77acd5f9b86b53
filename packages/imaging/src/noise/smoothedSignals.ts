import type { Plane } from "../image/image.js";
import { gaussianBlur, gaussianRadius } from "./gaussianBlur.js";

const SIGMA = 2;

/** The grey values around the pixels of a page, but for those at its border, which have 0. */
export interface SmoothedSignals {
  /** By which pixels are sorted. */
  readonly signal: Float64Array;
  /** How much brighter the 3 x 3 pixels nearest to each are. */
  readonly nearer: Float64Array;
  /** The variance of `nearer` that noise of variance 1 alone makes, */
  readonly power: number;
  /** and its most by a pixel that is brighter by 1. */
  readonly most: number;
}

/**
 * The grey values around each pixel, by a Gaussian g whose 3 x 3 weights around the middle are scaled. A pixel's own noise is in the grey value by which it is sorted and in its residual; where noise is skewed, as that of photons
 * is, those that chance made bright have larger residuals, and the variance of equally bright pixels would grow from bin to bin with 1.8 times the gain. With `sum of (mask^2 g) = sum of g^2` it grows with the gain itself.
 */
export function smoothedSignals(page: Plane): SmoothedSignals {
  const { width, height, data } = page;
  const blurred = gaussianBlur(page, SIGMA).data;
  const { inner, scale, sum, square, power } = innerWeights();
  const total = 1 + (scale - 1) * sum;
  const signal = new Float64Array(data.length);
  const nearer = new Float64Array(data.length);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      let near = 0;
      for (let i = 0; i < 9; i++)
        near += inner[i]! * data[at + (Math.floor(i / 3) - 1) * width + (i % 3) - 1]!;
      signal[at] = (blurred[at]! + (scale - 1) * near) / total;
      nearer[at] = near / sum - signal[at]!;
    }
  }
  // Of the 3 x 3 pixels `nearer` has g (1 / sum - scale / total), of the others -g / total.
  const own = 1 / sum - scale / total;
  return {
    ...{ signal, nearer },
    power: own * own * square + (power - square) / total ** 2,
    most: own * inner[4]!,
  };
}

/** The 3 x 3 weights of the Gaussian, row by row, what they are to be multiplied by (the positive root of `b a (b s + 1 - s) = b^2 q + o`), their sum s and the sum q of their squares, and that of all weights. */
function innerWeights() {
  const radius = gaussianRadius(SIGMA);
  const line = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / SIGMA) ** 2));
  const sum = line.reduce((total, weight) => total + weight, 0);
  const power = line.reduce((total, weight) => total + (weight / sum) ** 2, 0) ** 2;
  const three = line.slice(radius - 1, radius + 2).map((weight) => weight / sum);
  const inner = three.flatMap((a) => three.map((b) => a * b));
  const mask = [1, -2, 1].flatMap((a) => [1, -2, 1].map((b) => (a * b) / 6));
  const s = inner.reduce((total, weight) => total + weight, 0);
  const q = inner.reduce((total, weight) => total + weight * weight, 0);
  const a = inner.reduce((total, weight, i) => total + weight * mask[i]! ** 2, 0);
  const [second, first, constant] = [a * s - q, a * (1 - s), q - power];
  const scale = (-first + Math.sqrt(first * first - 4 * second * constant)) / (2 * second);
  return { inner, scale, sum: s, square: q, power };
}
