import type { Steps } from "@clidim/denoise";
import type { Float64Plane } from "@clidim/imaging";
import { collaborativeFilter } from "./collaborativeFilter.js";
import type { Filtering } from "./filtering.js";
import { noiseDeviations } from "./noiseDeviations.js";
import { wienerFiltering } from "./wienerFiltering.js";

/** Wiener filters on blocks that are alike in the pilot image, which tells their powers. Steps and rows are those of `collaborativeFilter`. */
export function secondStage(
  pilot: Float64Plane,
  noisy: Float64Plane,
  { profile: { wiener }, unit, sigma, correlation }: Filtering,
  referenceRows?: readonly number[],
): Steps<Float64Plane, number> {
  const deviations = noiseDeviations(wiener.transform, correlation);
  return collaborativeFilter(
    [pilot, noisy],
    wiener,
    wiener.difference * unit ** 2,
    ([guide, group], count) =>
      wienerFiltering(group!, guide!, count, wiener.side ** 2, sigma ** 2, deviations),
    referenceRows,
  );
}
