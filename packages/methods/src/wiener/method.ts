import type { ClassicalMethod } from "@clidim/denoise";
import { type Plane, stabilized } from "@clidim/imaging";
import { searchParameter } from "../oracle/searchParameter.js";
import { fitWindow } from "./fitWindow.js";
import { localWiener } from "./localWiener.js";

const windows = [3, 5, 7, 9, 13, 17, 25];

const at = (page: Plane, window: number): Plane => localWiener(page, { window });

/** The local adaptive Wiener filter (Lee 1980) of variance-stabilised pages. */
export const wiener: ClassicalMethod<{ readonly window: number }> = {
  kind: "classical",
  name: "wiener",
  version: 1,
  title: "local Wiener filter",
  summary:
    "The mean of a window, and of each pixel's difference from it what varies more than noise, in the variance-stabilised image (Lee 1980).",
  guide: {
    gives: [],
    time: "seconds",
    when: "a plain filter is wanted that leaves bright, sharp structures as they are, as where others have used it",
    cannot: "remove noise beside what it leaves sharp: around edges and filaments it stays, a window wide",
  },
  slow: true,
  // What the noise is estimated from.
  smallest: 16,
  takesNoise: true,
  best: (pairs) => searchParameter(pairs, { parametersOf: (window) => ({ window }), searched: windows }),
  *fit(pages, noise) {
    return { window: yield* fitWindow(pages, windows, noise) };
  },
  apply: (page, { window }, noise) => stabilized((stable) => at(stable, window), page, noise),
  describe: ({ window }) => `window ${window} x ${window} pixels`,
};
