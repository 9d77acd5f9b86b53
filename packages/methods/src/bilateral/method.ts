import type { ClassicalMethod, Steps } from "@clidim/denoise";
import { type Plane, stabilized } from "@clidim/imaging";
import { fitStrength } from "../calibration/fitStrength.js";
import { searchStrength, strengthTolerance } from "../oracle/bestStrength.js";
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

type Search = (denoise: (page: Plane, at: number) => Plane, searched: Searched) => Steps<number>;

/** The width first, then the strength at this width. */
function* chosenBy(search: Search): Steps<Parameters> {
  const spatial = yield* search(
    (page, at) => bilateralFilter(page, { strength: BETWEEN, spatial: at }),
    spatials,
  );
  const strength = yield* search((page, at) => bilateralFilter(page, { strength: at, spatial }), strengths);
  return { strength, spatial };
}

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
  best: (pairs) => chosenBy((denoise, searched) => searchStrength(pairs, denoise, searched)),
  fit: (pages, noise) => chosenBy((denoise, searched) => fitStrength(pages, denoise, searched, noise)),
  apply: (page, parameters, noise) =>
    stabilized((stable) => bilateralFilter(stable, parameters), page, noise),
  describe: ({ strength, spatial }) =>
    `strength ${strength.toFixed(2)} of the noise, sigma ${spatial.toFixed(1)} pixels`,
};
