import type { ClassicalMethod } from "@clidim/denoise";
import { gaussianBlur } from "@clidim/imaging";
import { searchGaussianBlur } from "./bestGaussianBlur.js";

/** Gaussian blur: the baseline that any other method has to beat. */
export const gaussian: ClassicalMethod<{ readonly sigma: number }> = {
  kind: "classical",
  name: "gaussian",
  version: 1,
  title: "Gaussian blur",
  summary: "A Gaussian blur of one width for all images.",
  slow: false,
  *best(pairs) {
    return { sigma: yield* searchGaussianBlur(pairs) };
  },
  apply: (page, { sigma }) => gaussianBlur(page, sigma),
  describe: ({ sigma }) => `sigma ${sigma.toFixed(2)} pixels`,
};
