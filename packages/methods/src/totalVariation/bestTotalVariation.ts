import type { Plane } from "@clidim/imaging";
import { type BestStrength, bestStrength, strengthTolerance } from "../oracle/bestStrength.js";
import type { SearchRange } from "../search/maximize.js";
import { denoiseTotalVariation } from "./denoiseTotalVariation.js";

/** Where the strength of total variation is looked for. */
export const variationStrengths: SearchRange = {
  low: 0.1,
  high: 10,
  points: 6,
  tolerance: strengthTolerance,
};

/**
 * Total variation denoising in the variance-stabilised domain with the strength that maximises the mean PSNR, searched from 0.1 to 10; otherwise as
 * `bestNonLocalMeans`.
 */
export function bestTotalVariation(noisy: readonly Plane[], clean: readonly Plane[]): BestStrength {
  const denoise = (page: Plane, strength: number): Plane => denoiseTotalVariation(page, { strength });
  return bestStrength("bestTotalVariation", noisy, clean, denoise, variationStrengths);
}
