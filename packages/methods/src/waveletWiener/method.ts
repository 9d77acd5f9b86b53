import type { ClassicalMethod } from "@clidim/denoise";
import { type Plane, stabilized } from "@clidim/imaging";
import { fitStrength } from "../calibration/fitStrength.js";
import { searchParameter } from "../oracle/searchParameter.js";
import { empiricalWiener } from "./empiricalWiener.js";

const strengths = [0.6, 0.8, 1, 1.25, 1.6];

const at = (page: Plane, strength: number): Plane => empiricalWiener(page, { strength });

/** The empirical wavelet Wiener filter (Ghael, Sayeed, Baraniuk 1997) of variance-stabilised pages. */
export const waveletWiener: ClassicalMethod<{ readonly strength: number }> = {
  kind: "classical",
  name: "wavelet-wiener",
  version: 1,
  title: "wavelet Wiener filter",
  summary:
    "Wavelet coefficients weighted by what a first estimate, by thresholds in another wavelet, has of them, in the variance-stabilised image (Ghael et al. 1997).",
  guide: {
    gives: [],
    time: "seconds",
    when: "a page has structures of many sizes and BM3D takes too long",
    cannot:
      "keep faint structures beside strong noise, and leaves traces of its wavelets around bright spots",
  },
  slow: true,
  // What the noise is estimated from.
  smallest: 16,
  takesNoise: true,
  best: (pairs) =>
    searchParameter(pairs, { parametersOf: (strength) => ({ strength }), searched: strengths }),
  *fit(pages, noise) {
    return { strength: yield* fitStrength(pages, at, strengths, noise) };
  },
  apply: (page, { strength }, noise) => stabilized((stable) => at(stable, strength), page, noise),
  describe: ({ strength }) => `strength ${strength.toFixed(2)} of the noise`,
};
