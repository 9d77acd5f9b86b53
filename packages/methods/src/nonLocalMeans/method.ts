import type { ClassicalMethod } from "@clidim/denoise";
import { stabilized } from "@clidim/imaging";
import { fitStrength } from "../calibration/fitStrength.js";
import { stabilizedErrors } from "../calibration/stabilizedErrors.js";
import { searchParameter } from "../oracle/searchParameter.js";
import { meansStrengths } from "./bestNonLocalMeans.js";
import { nonLocalMeans } from "./nonLocalMeans.js";

/** Non-local means (Buades, Coll, Morel 2005) of variance-stabilised pages. */
export const nlm: ClassicalMethod<{ readonly strength: number }> = {
  kind: "classical",
  name: "nlm",
  version: 1,
  title: "non-local means",
  summary:
    "Means of pixels whose surroundings look alike, in the variance-stabilised image (Buades et al. 2005).",
  guide: {
    gives: [],
    time: "seconds",
    when: "structures of one kind come again and again, as filaments do, and noise is moderate",
    cannot: "do much under strong noise, where surroundings look alike by chance",
  },
  slow: true,
  // What the noise is estimated from.
  smallest: 16,
  takesNoise: true,
  best: (pairs) =>
    searchParameter(pairs, { parametersOf: (strength) => ({ strength }), searched: meansStrengths }),
  *fit(pages, noise) {
    return {
      strength: yield* fitStrength(
        pages,
        (page, strength) => nonLocalMeans(page, { strength }),
        meansStrengths,
        noise,
      ),
    };
  },
  contest: {
    candidates: [0.4, 0.6, 0.9].map((strength) => ({ strength })),
    hiddenErrors: stabilizedErrors((page, options) => nonLocalMeans(page, options)),
  },
  apply: (page, { strength }, noise) =>
    stabilized((stable) => nonLocalMeans(stable, { strength }), page, noise),
  describe: ({ strength }) => `strength ${strength.toFixed(2)} of the noise`,
};
