import type { Tensor, Tree } from "@clidim/tensor";
import { HopelessTraining } from "./hopelessTraining.js";
import type { StepBack } from "./stepBack.js";
import type { TrainingGuard } from "./trainingGuard.js";
import type { TrainingSession } from "./trainingSession.js";

/** Fresh weights for a training that is hopeless by its method's own judgement of the mean losses; undefined where all is well. A `HopelessTraining` where it is not guarded, or there is no other way to begin left. */
export function restart(
  { method, configuration, seed }: Pick<TrainingSession, "method" | "configuration" | "seed">,
  guard: TrainingGuard | undefined,
  means: Readonly<Record<string, number>>,
  { update, since, last }: { readonly update: number; readonly since: number; readonly last: boolean },
): { readonly steppedBack: StepBack; readonly state: Tree<Tensor> } | undefined {
  const current = guard?.configuration ?? configuration;
  const hopeless = method.hopeless?.(current, means, update - since);
  if (hopeless === undefined) return undefined;
  // After the last update there is nothing that fresh weights could be trained by.
  const steppedBack = last ? undefined : guard?.restart(update, hopeless);
  if (steppedBack) {
    // Other weights at each beginning.
    const { state } = method.init(configuration, (seed + update) % Number.MAX_SAFE_INTEGER);
    return { steppedBack, state };
  }
  const stopped = `training stopped at update ${update}: ${hopeless}`;
  if (!guard) {
    throw new HopelessTraining(`${stopped}. Set guard, with which it begins again in another way`, {
      keys: ["guard"],
    });
  }
  const { restarts } = guard;
  const again =
    restarts === 0 ? "" : `, also after it began again ${restarts === 1 ? "once" : `${restarts} times`}`;
  throw new HopelessTraining(
    `${stopped}${again}. No other way to begin is left, or too few updates to try one: set more of them. There may be nothing in the images but noise: look at them and at the model of the noise, or take another method`,
    { keys: ["updates", "method"] },
  );
}
