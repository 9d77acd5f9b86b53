import type { ClassicalMethod } from "@clidim/denoise";
import { stabilized } from "@clidim/imaging";
import { fitStrength } from "../calibration/fitStrength.js";
import { strengthTolerance } from "../oracle/bestStrength.js";
import { searchParameter } from "../oracle/searchParameter.js";
import type { Searched } from "../search/maximize.js";
import { bilateralFilter } from "./bilateralFilter.js";

interface Parameters {
  /** In standard deviations of the noise. */
  readonly strength: number;
  /** Pixels. */
  readonly spatial: number;
}

const spatials = [1, 1.5, 2, 3];
const strengths: Searched = { low: 1, high: 8, points: 5, tolerance: strengthTolerance };

/** The strength at which the width is chosen, about the middle of those that images want. */
const BETWEEN = 3;

/** The bilateral filter (Tomasi, Manduchi 1998) of variance-stabilised pages. */
export const bilateral: ClassicalMethod<Parameters> = {
  kind: "classical",
  name: "bilateral",
  version: 1,
  title: "bilateral filter",
  summary:
    "Means of pixels that are near and of like brightness, in the variance-stabilised image (Tomasi and Manduchi 1998).",
  guide: {
    gives: [],
    time: "seconds",
    when: "noise is weak beside the contrast of sharp rims",
    cannot: "tell noise from structures that are no brighter than it: they go, and lone noisy pixels stay",
  },
  slow: true,
  // What the noise is estimated from.
  smallest: 16,
  takesNoise: true,
  // The width first, then the strength at this width.
  *best(pairs) {
    const { spatial } = yield* searchParameter(pairs, {
      parametersOf: (at) => ({ strength: BETWEEN, spatial: at }),
      searched: spatials,
    });
    return yield* searchParameter(pairs, {
      parametersOf: (strength) => ({ strength, spatial }),
      searched: strengths,
    });
  },
  *fit(pages, noise) {
    const spatial = yield* fitStrength(
      pages,
      (page, at) => bilateralFilter(page, { strength: BETWEEN, spatial: at }),
      spatials,
      noise,
    );
    const strength = yield* fitStrength(
      pages,
      (page, at) => bilateralFilter(page, { strength: at, spatial }),
      strengths,
      noise,
    );
    return { strength, spatial };
  },
  apply: (page, parameters, noise) =>
    stabilized((stable) => bilateralFilter(stable, parameters), page, noise),
  describe: ({ strength, spatial }) =>
    `strength ${strength.toFixed(2)} of the noise, sigma ${spatial.toFixed(1)} pixels`,
};
