import type { Plane } from "../image/image.js";
import { psnr } from "../metrics/psnr.js";
import { ssim } from "../metrics/ssim.js";
import { gaussianBlur } from "./gaussianBlur.js";

/** The best blur and its mean metrics over the pages. */
export interface BestBlur {
  /** Pixels. */
  readonly sigma: number;
  /** dB, peak = max - min of the clean page. */
  readonly psnr: number;
  readonly ssim: number;
}

/**
 * The Gaussian blur whose sigma maximises the mean PSNR against the clean pages: an oracle, since it looks at the truth
 * to choose. It is the baseline that a learned denoiser, which does not look, has to beat.
 * Sigma is searched on a geometric grid from 0.3 to 4 pixels, then by golden section to 0.01 pixels.
 * One clean page per noisy page, or one for all.
 */
export function bestGaussianBlur(noisy: readonly Plane[], clean: readonly Plane[]): BestBlur {
  if (noisy.length === 0 || (clean.length !== 1 && clean.length !== noisy.length)) {
    throw new Error(
      `bestGaussianBlur: expected one clean page or one per noisy page, got ${clean.length} for ${noisy.length}`,
    );
  }
  const meanOf = (metric: (blurred: Plane, truth: Plane) => number, sigma: number): number => {
    let sum = 0;
    noisy.forEach((page, i) => {
      sum += metric(gaussianBlur(page, sigma), clean[clean.length === 1 ? 0 : i]!);
    });
    return sum / noisy.length;
  };
  const known = new Map<number, number>();
  const score = (sigma: number): number => {
    let value = known.get(sigma);
    if (value === undefined) {
      value = meanOf(psnr, sigma);
      known.set(sigma, value);
    }
    return value;
  };

  const grid = Array.from({ length: 10 }, (_, i) => 0.3 * (4 / 0.3) ** (i / 9));
  const top = grid.reduce((best, sigma, i) => (score(sigma) > score(grid[best]!) ? i : best), 0);
  let low = grid[Math.max(0, top - 1)]!;
  let high = grid[Math.min(grid.length - 1, top + 1)]!;
  const golden = (Math.sqrt(5) - 1) / 2;
  let left = high - golden * (high - low);
  let right = low + golden * (high - low);
  while (high - low > 0.01) {
    if (score(left) >= score(right)) {
      high = right;
      right = left;
      left = high - golden * (high - low);
    } else {
      low = left;
      left = right;
      right = low + golden * (high - low);
    }
  }
  const sigma = [...known.keys()].reduce((best, candidate) =>
    score(candidate) > score(best) ? candidate : best,
  );
  return { sigma, psnr: score(sigma), ssim: meanOf(ssim, sigma) };
}
