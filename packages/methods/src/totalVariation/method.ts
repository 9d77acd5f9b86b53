import type { ClassicalMethod } from "@clidim/denoise";
import { stabilized } from "@clidim/imaging";
import { searchTotalVariation } from "./bestTotalVariation.js";
import { denoiseTotalVariation } from "./denoiseTotalVariation.js";

/** Total variation denoising (Rudin, Osher, Fatemi 1992) of variance-stabilised pages. */
export const tv: ClassicalMethod<{ readonly strength: number }> = {
  kind: "classical",
  name: "tv",
  version: 1,
  title: "total variation",
  summary:
    "The image nearest to the noisy one with little total variation, variance-stabilised (Rudin et al. 1992).",
  slow: true,
  *best(pairs) {
    return { strength: yield* searchTotalVariation(pairs) };
  },
  apply: (page, { strength }) => stabilized((stable) => denoiseTotalVariation(stable, { strength }), page),
  describe: ({ strength }) => `strength ${strength.toFixed(2)} of the noise`,
};
