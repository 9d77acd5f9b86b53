import { atOnce, type Steps } from "@clidim/denoise";
import type { Float64Plane, Plane } from "@clidim/imaging";
import { type BestStrength, measuredAt, searchStrength, strengthTolerance } from "../oracle/bestStrength.js";
import { type PagePair, pagePairs } from "../oracle/pagePairs.js";
import type { SearchRange } from "../search/maximize.js";
import { denoiseTotalVariation } from "./denoiseTotalVariation.js";

/** Where the strength of total variation is looked for. */
export const variationStrengths: SearchRange = {
  low: 0.1,
  high: 10,
  points: 6,
  tolerance: strengthTolerance,
};

const at = (page: Float64Plane, strength: number): Plane => denoiseTotalVariation(page, { strength });

/**
 * Total variation denoising in the variance-stabilised domain with the strength that maximises the mean PSNR, searched from 0.1 to 10; otherwise as
 * `bestNonLocalMeans`.
 */
export function bestTotalVariation(noisy: readonly Plane[], clean: readonly Plane[]): BestStrength {
  const pairs = pagePairs("bestTotalVariation", noisy, clean);
  return measuredAt(pairs, atOnce(searchTotalVariation(pairs)), at);
}

/** The strength of `bestTotalVariation`, page by page. */
export function searchTotalVariation(pairs: readonly PagePair[]): Steps<number> {
  return searchStrength(pairs, at, variationStrengths);
}
