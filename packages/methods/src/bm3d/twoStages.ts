import type { Steps } from "@clidim/denoise";
import type { Float64Plane, NoiseCorrelation } from "@clidim/imaging";
import { collaborativeFilter } from "./collaborativeFilter.js";
import { hardThresholding } from "./hardThresholding.js";
import { noiseDeviations } from "./noiseDeviations.js";
import type { Profile } from "./profiles.js";
import { wienerFiltering } from "./wienerFiltering.js";

/** Both stages of `blockMatching3d`. `unit` is what one grey value of an image from 0 to 255 is in the page's units, `sigma` the noise's standard deviation in these, which pixels share as `correlation` says. */
export function* twoStages(
  noisy: Float64Plane,
  { hard, wiener }: Profile,
  unit: number,
  sigma: number,
  correlation?: NoiseCorrelation,
): Steps<Float64Plane, number> {
  const threshold = hard.threshold * sigma;
  const hardDeviations = noiseDeviations(hard.transform, correlation);
  const wienerDeviations = noiseDeviations(wiener.transform, correlation);
  const pilot = yield* half(
    0,
    collaborativeFilter([noisy], hard, hard.difference * unit ** 2, ([group], count) =>
      hardThresholding(group!, count, hard.side ** 2, threshold, hardDeviations),
    ),
  );
  return yield* half(
    1 / 2,
    collaborativeFilter([pilot, noisy], wiener, wiener.difference * unit ** 2, ([guide, group], count) =>
      wienerFiltering(group!, guide!, count, wiener.side ** 2, sigma ** 2, wienerDeviations),
    ),
  );
}

/** One of the halves of all work. */
function* half<T>(start: number, steps: Steps<T, number>): Steps<T, number> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield start + step.value / 2;
  }
}
