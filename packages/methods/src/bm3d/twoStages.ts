import type { Steps } from "@clidim/denoise";
import type { Float64Plane } from "@clidim/imaging";
import type { Filtering } from "./filtering.js";
import { firstStage } from "./firstStage.js";
import { secondStage } from "./secondStage.js";

/** Both stages of `blockMatching3d`. Each step says what part is done. */
export function* twoStages(noisy: Float64Plane, filtering: Filtering): Steps<Float64Plane, number> {
  const pilot = yield* half(0, firstStage(noisy, filtering));
  return yield* half(1 / 2, secondStage(pilot, noisy, filtering));
}

/** One of the halves of all work. */
function* half<T>(start: number, steps: Steps<T, number>): Steps<T, number> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield start + step.value / 2;
  }
}
