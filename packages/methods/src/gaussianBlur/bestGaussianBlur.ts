import { type BestSearch, foundAtOnce, type PagePair } from "@clidim/denoise";
import type { Plane } from "@clidim/imaging";
import { gaussianBlur, psnr, ssim } from "@clidim/imaging";
import { pagePairs } from "../oracle/pagePairs.js";
import { searchParameter } from "../oracle/searchParameter.js";
import type { SearchRange } from "../search/maximize.js";

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
  const { sigma } = foundAtOnce(searchGaussianBlur(pairs), {
    apply: (page, at) => gaussianBlur(page, at.sigma),
  });
  const meanOf = (metric: (blurred: Plane, truth: Plane) => number): number =>
    pairs.reduce((sum, pair) => sum + metric(gaussianBlur(pair.noisy, sigma), pair.clean), 0) / pairs.length;
  return { sigma, psnr: meanOf(psnr), ssim: meanOf(ssim) };
}

/** The sigma of `bestGaussianBlur`, looked for on all pages. */
export const searchGaussianBlur = (pairs: readonly PagePair[]): BestSearch<{ readonly sigma: number }> =>
  searchParameter(pairs, {
    parametersOf: (sigma) => ({ sigma }),
    searched: sigmaRange(pairs.map(({ noisy }) => noisy)),
    most: pairs.length,
    stabilizes: false,
  });

/** Where sigma is looked for, in pixels, unless the highest is the best. */
export const SIGMAS = { low: 0.3, high: 4 } as const;

/** Where sigma is looked for, of pages. */
export function sigmaRange(pages: readonly Plane[]): SearchRange {
  const most = Math.min(...pages.map(({ width, height }) => Math.min(width, height))) / 4;
  return { ...SIGMAS, points: 10, most, tolerance: () => 0.01 };
}
