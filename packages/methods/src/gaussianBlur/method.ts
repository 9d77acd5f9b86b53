import { addedNoiseErrors, type ClassicalMethod, hiddenErrors, withoutHotPixels } from "@clidim/denoise";
import { estimateSharedNoise, gaussianBlur, gaussianRadius, type Plane } from "@clidim/imaging";
import { jInvariantLoss } from "../calibration/jInvariantLoss.js";
import { minimize } from "../search/maximize.js";
import { SIGMAS, searchGaussianBlur, sigmaRange } from "./bestGaussianBlur.js";

/** What the noise is estimated on has so many pixels a side or more. */
const SMALLEST_NOISE = 16;

/** The noise of a smaller page, of which the blur needs to know nothing. */
const UNKNOWN = { gain: 0, offset: 0 };

/** Gaussian blur: the baseline that any other method has to beat. */
export const gaussian: ClassicalMethod<{ readonly sigma: number }> = {
  kind: "classical",
  name: "gaussian",
  version: 1,
  title: "Gaussian blur",
  summary: "A Gaussian blur of one width for all images.",
  guide: {
    gives: [],
    time: "seconds",
    when: "a first look is wanted, and as the bar that every other method has to clear",
    cannot: "keep what is finer than its width: edges and filaments go with the noise",
  },
  slow: false,
  // One square of the sets of pixels that are left out.
  smallest: 4,
  best: searchGaussianBlur,
  *fit(pages) {
    const noiseOf = (page: Plane) =>
      Math.min(page.width, page.height) < SMALLEST_NOISE ? UNKNOWN : estimateSharedNoise(page);
    const loss = jInvariantLoss(pages, noiseOf, (page) => (denoise) => denoise(page), gaussianBlur, {
      side: 512,
      looks: 16,
      linear: ringRatio,
    });
    return { sigma: yield* minimize(loss, sigmaRange(pages)) };
  },
  contest: {
    candidates: [0.5, 0.7, 1, 1.4, 2, 2.8, 4].map((sigma) => ({ sigma })),
    hiddenErrors({ part: seen, noise, along }, set, { sigma }) {
      const part = withoutHotPixels(seen);
      if (noise.correlation) {
        return addedNoiseErrors({ seen, part }, noise, set, (page) => gaussianBlur(page, sigma));
      }
      return hiddenErrors(
        { seen, part, along },
        (denoise) => denoise(part),
        gaussianBlur,
        sigma,
        set,
        ringRatio,
      );
    },
  },
  apply: (page, { sigma }) => gaussianBlur(page, sigma),
  reach: ({ sigma }) => gaussianRadius(sigma),
  describe: ({ sigma }) => `sigma ${sigma.toFixed(2)} pixels${atEnd(sigma)}`,
};

/** A choice at an end of where sigma is looked for is one that the pages hardly tell. */
function atEnd(sigma: number): string {
  if (sigma <= SIGMAS.low) return ", the narrowest that is tried: hardly anything is smoothed";
  return sigma >= SIGMAS.high
    ? `, wider than usual (up to ${SIGMAS.high}): look whether structures are left`
    : "";
}

/** The weight of the pixels beside and diagonal to one, two to one, over its own. */
function ringRatio(sigma: number): number {
  const beside = Math.exp(-1 / (2 * sigma * sigma));
  return (2 * beside + beside * beside) / 3;
}
