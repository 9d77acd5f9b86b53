import type { Plane } from "@clidim/imaging";
import { type BestStrength, bestStrength, strengthTolerance } from "../oracle/bestStrength.js";
import type { SearchRange } from "../search/maximize.js";
import { nonLocalMeans } from "./nonLocalMeans.js";

/** Where the strength of non-local means is looked for. */
export const meansStrengths: SearchRange = { low: 0.2, high: 3, points: 6, tolerance: strengthTolerance };

/**
 * Non-local means in the variance-stabilised domain (`stabilized`) with the strength that maximises the mean PSNR against the clean pages, searched
 * from 0.2 to 3 on at most four pages, evenly spread: an oracle, as `bestGaussianBlur`. One clean page per noisy page, or one for all. A 512 x 512 page takes
 * a few seconds for each strength that is tried.
 */
export function bestNonLocalMeans(noisy: readonly Plane[], clean: readonly Plane[]): BestStrength {
  const denoise = (page: Plane, strength: number): Plane => nonLocalMeans(page, { strength });
  return bestStrength("bestNonLocalMeans", noisy, clean, denoise, meansStrengths);
}
