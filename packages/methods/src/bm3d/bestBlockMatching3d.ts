import type { Steps } from "@clidim/denoise";
import { estimateSharedNoise } from "@clidim/imaging";
import { searchParameter } from "../oracle/bestStrength.js";
import type { PagePair } from "../oracle/pagePairs.js";
import type { SearchRange } from "../search/maximize.js";
import { stabilizedBlockMatching3d } from "./stabilizedBlockMatching3d.js";

/** Where the strength is looked for: around 1, and further up where the noise is more than it seems, as where neighbours have it in common. It makes little difference within a fifth. */
const strengths: SearchRange = { low: 0.7, high: 1.4, points: 3, most: 6, tolerance: (at) => at / 5 };

/** The strength that maximises the mean PSNR against the clean pages, on at most four pages, evenly spread, in steps within pages: an oracle. */
export function searchBlockMatching3d(pairs: readonly PagePair[]): Steps<number> {
  return searchParameter(
    pairs,
    (page) => {
      const noise = estimateSharedNoise(page);
      return (strength) => stabilizedBlockMatching3d(page, strength, noise);
    },
    strengths,
  );
}
