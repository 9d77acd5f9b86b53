import type { Steps } from "@clidim/denoise";
import type { Float64Plane } from "@clidim/imaging";
import { collaborativeFilter } from "./collaborativeFilter.js";
import type { Filtering } from "./filtering.js";
import { hardThresholding } from "./hardThresholding.js";
import { noiseDeviations } from "./noiseDeviations.js";

/** Hard thresholds on blocks that are alike in the noisy page: the pilot image of `secondStage`. Steps and rows are those of `collaborativeFilter`. */
export function firstStage(
  noisy: Float64Plane,
  { profile: { hard }, unit, sigma, correlation }: Filtering,
  referenceRows?: readonly number[],
): Steps<Float64Plane, number> {
  const threshold = hard.threshold * sigma;
  const deviations = noiseDeviations(hard.transform, correlation);
  return collaborativeFilter(
    [noisy],
    hard,
    hard.difference * unit ** 2,
    ([group], count) => hardThresholding(group!, count, hard.side ** 2, threshold, deviations),
    referenceRows,
  );
}
