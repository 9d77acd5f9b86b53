import { atOnce, type ClassicalMethod } from "@clidim/denoise";
import { stabilizedErrors } from "../calibration/stabilizedErrors.js";
import { searchParameter } from "../oracle/searchParameter.js";
import type { SearchRange } from "../search/maximize.js";
import { blockMatching3d } from "./blockMatching3d.js";
import { filterStrip, type StripTask } from "./dividedBlockMatching3d.js";
import { dividedStabilized, stabilizedBlockMatching3d } from "./stabilizedBlockMatching3d.js";

/** Where the best strength is looked for: around 1, and further up where the noise is more than it seems, as where neighbours have it in common. It makes little difference within a fifth. */
const strengths: SearchRange = { low: 0.7, high: 1.4, points: 3, most: 6, tolerance: (at) => at / 5 };

/** Block matching and 3-D filtering (Dabov, Foi, Katkovnik, Egiazarian 2007) of variance-stabilised pages. */
export const bm3d: ClassicalMethod<{ readonly strength: number }> = {
  kind: "classical",
  name: "bm3d",
  version: 1,
  title: "BM3D",
  summary:
    "Blocks that look alike, filtered together in the variance-stabilised image (block matching and 3-D filtering, Dabov et al. 2007).",
  guide: {
    gives: [],
    time: "seconds",
    when: "there is one image and nothing to train on: nearly always the best of the methods without training",
    cannot:
      "remove noise that neighbouring pixels share as well as that of each by itself, nor what looks like structure to it: strong noise leaves patches and streaks",
  },
  slow: true,
  // What the noise is estimated from.
  smallest: 16,
  takesNoise: true,
  best: (pairs) =>
    searchParameter(pairs, { parametersOf: (strength) => ({ strength }), searched: strengths }),
  // What the noise is estimated to be serves as well as a search by a loss (docs/results.md), which would take minutes.
  *fit() {
    yield;
    return { strength: 1 };
  },
  contest: {
    candidates: [{ strength: 1 }],
    hiddenErrors: stabilizedErrors((page, { strength }, correlation) =>
      blockMatching3d(page, { strength, correlation }),
    ),
  },
  apply: (page, { strength }, noise) => atOnce(stabilizedBlockMatching3d(page, strength, noise)),
  applyInSteps: (page, { strength }, noise) => stabilizedBlockMatching3d(page, strength, noise),
  division: {
    rounds: 2,
    divide: (page, { strength }, noise, count) => dividedStabilized(page, strength, noise, count),
    work: (task) => filterStrip(task as StripTask),
  },
  describe: ({ strength }) => `strength ${strength.toFixed(2)} of the noise`,
};
