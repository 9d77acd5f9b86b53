import type { Plane } from "../image/image.js";
import { psnr } from "../metrics/psnr.js";
import { ssim } from "../metrics/ssim.js";
import { gaussianBlur } from "./gaussianBlur.js";
import { maximize } from "./maximize.js";
import { pagePairs } from "./pagePairs.js";

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
 * Sigma is searched on a geometric grid from 0.3 to 4 pixels, and on up to a quarter of the image where 4 is the best, then by golden
 * section to 0.01 pixels.
 * One clean page per noisy page, or one for all.
 */
export function bestGaussianBlur(noisy: readonly Plane[], clean: readonly Plane[]): BestBlur {
  const pairs = pagePairs("bestGaussianBlur", noisy, clean);
  const meanOf = (metric: (blurred: Plane, truth: Plane) => number, sigma: number): number =>
    pairs.reduce((sum, pair) => sum + metric(gaussianBlur(pair.noisy, sigma), pair.clean), 0) / pairs.length;
  const score = (sigma: number): number => meanOf(psnr, sigma);
  const most = Math.min(...pairs.map((pair) => Math.min(pair.noisy.width, pair.noisy.height))) / 4;
  const sigma = maximize(score, { low: 0.3, high: 4, points: 10, most, tolerance: () => 0.01 });
  return { sigma, psnr: score(sigma), ssim: meanOf(ssim, sigma) };
}
