import { type Float64Plane, type Plane, symmetric } from "@clidim/imaging";

export interface BilateralFilterOptions {
  /** Standard deviation of the weights by difference of values, in standard deviations of the noise, > 0. */
  readonly strength: number;
  /** Standard deviation of the weights by distance, pixels. Default 1. */
  readonly spatial?: number;
  /** Standard deviation of the noise, in the page's units. Default 1, as after `anscombe`. */
  readonly sigma?: number;
}

/** Weights by difference are looked up to so many standard deviations, beyond which they are 0, and in so many steps of each. */
const [DEVIATIONS, STEPS] = [6, 1000];

/**
 * The bilateral filter (Tomasi and Manduchi 1998), as `skimage.restoration.denoise_bilateral`: the mean of a window of side `max(5, 2 ceil(3 spatial) + 1)`, weighted by `exp(-d^2 / (2 spatial^2)) exp(-(x - y)^2 / (2 (strength sigma)^2))`
 * with d the distance of a pixel y from the one in the middle, x. Borders are mirrored (`mode="symmetric"`). scikit-image 0.19 reads its spatial weights from the wrong places of a table; here they are as documented. float64.
 */
export function bilateralFilter(page: Plane, options: BilateralFilterOptions): Float64Plane {
  const { strength, spatial = 1, sigma = 1 } = options;
  if (!(strength > 0) || !(spatial > 0) || !(sigma > 0)) {
    throw new Error(
      `bilateralFilter: expected strength, spatial and sigma > 0, got ${strength}, ${spatial} and ${sigma}`,
    );
  }
  const { width, height } = page;
  const radius = Math.max(2, Math.ceil(3 * spatial));
  const table = Float64Array.from({ length: DEVIATIONS * STEPS + 1 }, (_, i) =>
    i === DEVIATIONS * STEPS ? 0 : Math.exp(-0.5 * (i / STEPS) ** 2),
  );
  const scale = STEPS / (strength * sigma);
  const stride = width + 2 * radius;
  const data = new Float64Array(stride * (height + 2 * radius));
  for (let y = 0; y < height + 2 * radius; y++) {
    const row = symmetric(y - radius, height) * width;
    for (let x = 0; x < stride; x++) data[y * stride + x] = page.data[row + symmetric(x - radius, width)]!;
  }
  const sums = new Float64Array(width * height);
  const weights = new Float64Array(width * height);
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) {
      const near = Math.exp(-(dx * dx + dy * dy) / (2 * spatial * spatial));
      for (let y = 0; y < height; y++) {
        let here = (y + radius) * stride + radius;
        let there = here + dy * stride + dx;
        for (let at = y * width; at < (y + 1) * width; at++, here++, there++) {
          const value = data[there]!;
          const far = Math.min(DEVIATIONS * STEPS, Math.round(Math.abs(value - data[here]!) * scale));
          const weight = near * table[far]!;
          sums[at]! += weight * value;
          weights[at]! += weight;
        }
      }
    }
  }
  for (let at = 0; at < sums.length; at++) sums[at]! /= weights[at]!;
  return { width, height, data: sums };
}
