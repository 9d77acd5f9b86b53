import type { Plane } from "../image/image.js";
import { symmetric } from "../image/symmetric.js";

/** How many pixels to each side the kernel of `gaussianBlur` reaches. */
export const gaussianRadius = (sigma: number): number => Math.floor(4 * sigma + 0.5);

/**
 * Gaussian blur in float64, equal to `scipy.ndimage.gaussian_filter(page, sigma)` with its defaults:
 * kernel cut at 4 sigma and normalised, borders mirrored with the edge pixel repeated. `sigma` in pixels, >= 0.
 */
export function gaussianBlur(page: Plane, sigma: number): Plane & { readonly data: Float64Array } {
  if (!(sigma >= 0)) throw new Error(`gaussianBlur: expected sigma >= 0, got ${sigma}`);
  const { width, height, data } = page;
  const radius = gaussianRadius(sigma);
  const out = Float64Array.from(data);
  if (radius === 0) return { width, height, data: out };
  const kernel = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const sum = kernel.reduce((total, w, i) => total + (i === 0 ? w : 2 * w), 0);
  for (let i = 0; i <= radius; i++) kernel[i]! /= sum;

  const vertical = new Float64Array(out.length);
  for (let y = 0; y < height; y++) {
    const to = y * width;
    const centre = kernel[0]!;
    for (let x = 0; x < width; x++) vertical[to + x] = centre * out[to + x]!;
    for (let k = 1; k <= radius; k++) {
      const weight = kernel[k]!;
      const above = symmetric(y - k, height) * width;
      const below = symmetric(y + k, height) * width;
      for (let x = 0; x < width; x++) vertical[to + x]! += weight * (out[above + x]! + out[below + x]!);
    }
  }

  const row = new Float64Array(width + 2 * radius);
  for (let y = 0; y < height; y++) {
    const from = y * width;
    for (let i = 0; i < row.length; i++) row[i] = vertical[from + symmetric(i - radius, width)]!;
    for (let x = 0; x < width; x++) {
      const middle = x + radius;
      let value = kernel[0]! * row[middle]!;
      for (let k = 1; k <= radius; k++) value += kernel[k]! * (row[middle - k]! + row[middle + k]!);
      out[from + x] = value;
    }
  }
  return { width, height, data: out };
}
