import { atOnce, type Steps } from "@clidim/denoise";
import type { Float64Plane, Plane } from "@clidim/imaging";
import { evenlySpread, psnr, ssim, stabilized, stabilizer } from "@clidim/imaging";
import { nonLocalMeans } from "../nonLocalMeans/nonLocalMeans.js";
import { denoiseTotalVariation } from "../totalVariation/denoiseTotalVariation.js";
import { maximize } from "./maximize.js";
import { type PagePair, pagePairs } from "./pagePairs.js";

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

/**
 * Non-local means in the variance-stabilised domain (`stabilized`) with the strength that maximises the mean PSNR against the clean pages, searched
 * from 0.2 to 3 on at most four pages, evenly spread: an oracle, as `bestGaussianBlur`. One clean page per noisy page, or one for all. A 512 x 512 page takes
 * a few seconds for each strength that is tried.
 */
export function bestNonLocalMeans(noisy: readonly Plane[], clean: readonly Plane[]): BestStrength {
  const pairs = pagePairs("bestNonLocalMeans", noisy, clean);
  return measured(pairs, atOnce(searchNonLocalMeans(pairs)), (page, strength) =>
    nonLocalMeans(page, { strength }),
  );
}

/** The strength of `bestNonLocalMeans`, page by page. */
export function searchNonLocalMeans(pairs: readonly PagePair[]): Steps<number> {
  return searchStrength(pairs, (page, strength) => nonLocalMeans(page, { strength }), { low: 0.2, high: 3 });
}

/**
 * Total variation denoising in the variance-stabilised domain with the strength that maximises the mean PSNR, searched from 0.1 to 10; otherwise as
 * `bestNonLocalMeans`.
 */
export function bestTotalVariation(noisy: readonly Plane[], clean: readonly Plane[]): BestStrength {
  const pairs = pagePairs("bestTotalVariation", noisy, clean);
  return measured(pairs, atOnce(searchTotalVariation(pairs)), (page, strength) =>
    denoiseTotalVariation(page, { strength }),
  );
}

/** The strength of `bestTotalVariation`, page by page. */
export function searchTotalVariation(pairs: readonly PagePair[]): Steps<number> {
  return searchStrength(pairs, (page, strength) => denoiseTotalVariation(page, { strength }), {
    low: 0.1,
    high: 10,
  });
}

type Denoise = (page: Float64Plane, strength: number) => Plane;

function* searchStrength(
  pairs: readonly PagePair[],
  denoise: Denoise,
  range: { readonly low: number; readonly high: number },
): Steps<number> {
  const count = Math.min(SEARCHED_PAGES, pairs.length);
  const searched = evenlySpread(count, pairs.length).map((position) => {
    const { noisy: page, clean: truth } = pairs[position]!;
    return { apply: stabilizer(page), truth };
  });
  function* score(at: number): Steps<number> {
    let sum = 0;
    for (const { apply, truth } of searched) {
      sum += psnr(
        apply((page) => denoise(page, at)),
        truth,
      );
      yield;
    }
    return sum;
  }
  return yield* maximize(score, { ...range, points: 6, tolerance: (at) => at / 10 });
}

function measured(pairs: readonly PagePair[], strength: number, denoise: Denoise): BestStrength {
  let [decibels, similarity] = [0, 0];
  for (const pair of pairs) {
    const denoised = stabilized((page) => denoise(page, strength), pair.noisy);
    decibels += psnr(denoised, pair.clean) / pairs.length;
    similarity += ssim(denoised, pair.clean) / pairs.length;
  }
  return { strength, psnr: decibels, ssim: similarity };
}
