import type { Steps } from "@clidim/denoise";
import { estimateSharedNoise, type NoiseModel, type Plane, stabilizer } from "@clidim/imaging";
import { minimize, type Searched } from "../search/maximize.js";
import { jInvariantLoss } from "./jInvariantLoss.js";

/**
 * The strength, or another parameter, of a denoiser of variance-stabilised pages that is best as far as the noisy pages tell (`jInvariantLoss`): pixels are replaced in the stabilised page and compared in grey
 * values. Of each of at most four pages 192 x 192 pixels are looked at, where there is something to be seen, which takes some twenty seconds, and the noise is estimated from the whole, unless it is known.
 */
export function fitStrength(
  pages: readonly Plane[],
  denoise: (page: Plane, strength: number) => Plane,
  searched: Searched,
  noise?: NoiseModel,
): Steps<number> {
  const loss = jInvariantLoss(pages, (whole) => estimateSharedNoise(whole, noise), stabilizer, denoise, {
    side: 192,
    looks: 8,
  });
  return minimize(loss, searched);
}
