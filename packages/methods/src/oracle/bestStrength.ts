import type { Steps } from "@clidim/denoise";
import type { Float64Plane, Plane } from "@clidim/imaging";
import { evenlySpread, psnr, ssim, stabilized, stabilizer } from "@clidim/imaging";
import { maximize, type Searched } from "../search/maximize.js";
import type { PagePair } from "./pagePairs.js";

/** The best strength of a classical denoiser and its mean metrics over the pages. */
export interface BestStrength {
  /** In standard deviations of the noise. */
  readonly strength: number;
  /** dB, peak = max - min of the clean page. */
  readonly psnr: number;
  readonly ssim: number;
}

/** The strength is searched on at most so many pages, evenly spread, and then applied to all. */
const SEARCHED_PAGES = 4;

/** How far apart strengths may be that count as one. */
export const strengthTolerance = (at: number): number => at / 10;

/** A classical method in the variance-stabilised domain at some strength. */
type Denoise = (page: Float64Plane, strength: number) => Plane;

/**
 * The strength, or another parameter, that maximises the mean PSNR of stabilised pages against their clean ones, searched on at most four pages, evenly spread, page by page: an
 * oracle, since it looks at the truth to choose.
 */
export function searchStrength(
  pairs: readonly PagePair[],
  denoise: Denoise,
  searched: Searched,
): Steps<number> {
  return searchParameter(
    pairs,
    (noisy) => {
      const apply = stabilizer(noisy);
      return (at) => apply((page) => denoise(page, at));
    },
    searched,
  );
}

/** Likewise the parameter of a denoiser of pages in grey values, `denoiserOf` a page, that may work in steps. */
export function* searchParameter(
  pairs: readonly PagePair[],
  denoiserOf: (noisy: Plane) => (parameter: number) => Plane | Steps<Plane>,
  searched: Searched,
): Steps<number> {
  const count = Math.min(SEARCHED_PAGES, pairs.length);
  const pages = evenlySpread(count, pairs.length).map((position) => {
    const { noisy, clean } = pairs[position]!;
    return { denoise: denoiserOf(noisy), clean };
  });
  function* score(at: number): Steps<number> {
    let sum = 0;
    for (const { denoise, clean } of pages) {
      const denoised = denoise(at);
      sum += psnr("data" in denoised ? denoised : yield* denoised, clean);
      yield;
    }
    return sum;
  }
  return yield* maximize(score, searched);
}

/** The mean metrics of the pages at a strength. */
export function measuredAt(pairs: readonly PagePair[], strength: number, denoise: Denoise): BestStrength {
  let [decibels, similarity] = [0, 0];
  for (const pair of pairs) {
    const denoised = stabilized((page) => denoise(page, strength), pair.noisy);
    decibels += psnr(denoised, pair.clean) / pairs.length;
    similarity += ssim(denoised, pair.clean) / pairs.length;
  }
  return { strength, psnr: decibels, ssim: similarity };
}
