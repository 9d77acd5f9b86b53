import type { ClassicalMethod } from "@clidim/denoise";
import { stabilized } from "@clidim/imaging";
import { fitStrength } from "../calibration/fitStrength.js";
import { stabilizedErrors } from "../calibration/stabilizedErrors.js";
import { searchParameter } from "../oracle/searchParameter.js";
import { variationStrengths } from "./bestTotalVariation.js";
import { denoiseTotalVariation } from "./denoiseTotalVariation.js";

/** Total variation denoising (Rudin, Osher, Fatemi 1992) of variance-stabilised pages. */
export const tv: ClassicalMethod<{ readonly strength: number }> = {
  kind: "classical",
  name: "tv",
  version: 1,
  title: "total variation",
  summary:
    "The image nearest to the noisy one with little total variation, variance-stabilised (Rudin et al. 1992).",
  guide: {
    gives: [],
    time: "seconds",
    when: "areas are flat with sharp rims, also under strong noise",
    cannot: "keep gentle slopes, which become steps, nor faint small structures",
  },
  slow: true,
  // What the noise is estimated from.
  smallest: 16,
  takesNoise: true,
  best: (pairs) =>
    searchParameter(pairs, { parametersOf: (strength) => ({ strength }), searched: variationStrengths }),
  *fit(pages, noise) {
    return {
      strength: yield* fitStrength(
        pages,
        (page, strength) => denoiseTotalVariation(page, { strength }),
        variationStrengths,
        noise,
      ),
    };
  },
  contest: {
    candidates: [0.4, 0.7, 1.2].map((strength) => ({ strength })),
    hiddenErrors: stabilizedErrors((page, options) => denoiseTotalVariation(page, options)),
  },
  apply: (page, { strength }, noise) =>
    stabilized((stable) => denoiseTotalVariation(stable, { strength }), page, noise),
  describe: ({ strength }) => `strength ${strength.toFixed(2)} of the noise`,
};
