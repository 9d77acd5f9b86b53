import { ema } from "@clidim/nn";
import type { Configuration } from "../schema.js";
import type { TrainingStep } from "./step.js";

/**
 * A step, and after it the next moving average of the generator it has trained: a <- d a + (1 - d) g with d = min(emaDecay, (1 + t) / (10 + t)) after t updates. Without `emaDecay` it is
 * the step itself.
 *
 * Running statistics are averaged with the same weights as the parameters. To measure them anew takes passes over data at every validation, and they would depend on when these are; the
 * average costs nothing, belongs to the state, and also takes out what a momentum of 0.1 leaves of single batches.
 */
export function averaged(
  { emaDecay: decay }: Pick<Configuration, "emaDecay">,
  step: TrainingStep,
): TrainingStep {
  if (decay === 0) return step;
  const average = ema({ decay });
  return (state, batch, context) => {
    const { average: before } = state;
    if (!before) throw new Error("averaged: the state was not made with an emaDecay");
    const after = step(state, batch, context);
    const { params, stats } = after.state.generator;
    return {
      ...after,
      state: { ...after.state, average: average.update(before, { params, stats }, context.update) },
    };
  };
}
