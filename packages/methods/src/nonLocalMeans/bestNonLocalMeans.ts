import { atOnce, type Steps } from "@clidim/denoise";
import type { Float64Plane, Plane } from "@clidim/imaging";
import { type BestStrength, measuredAt, searchStrength, strengthTolerance } from "../oracle/bestStrength.js";
import { type PagePair, pagePairs } from "../oracle/pagePairs.js";
import type { SearchRange } from "../search/maximize.js";
import { nonLocalMeans } from "./nonLocalMeans.js";

/** Where the strength of non-local means is looked for. */
export const meansStrengths: SearchRange = { low: 0.2, high: 3, points: 6, tolerance: strengthTolerance };

const at = (page: Float64Plane, strength: number): Plane => nonLocalMeans(page, { strength });

/**
 * Non-local means in the variance-stabilised domain (`stabilized`) with the strength that maximises the mean PSNR against the clean pages, searched
 * from 0.2 to 3 on at most four pages, evenly spread: an oracle, as `bestGaussianBlur`. One clean page per noisy page, or one for all. A 512 x 512 page takes
 * a few seconds for each strength that is tried.
 */
export function bestNonLocalMeans(noisy: readonly Plane[], clean: readonly Plane[]): BestStrength {
  const pairs = pagePairs("bestNonLocalMeans", noisy, clean);
  return measuredAt(pairs, atOnce(searchNonLocalMeans(pairs)), at);
}

/** The strength of `bestNonLocalMeans`, page by page. */
export function searchNonLocalMeans(pairs: readonly PagePair[]): Steps<number> {
  return searchStrength(pairs, at, meansStrengths);
}
