import { add, cos, div, maximum, minimum, mul, sub, type Tensor, tensor } from "@clidim/tensor";
import type { Schedule } from "../protocol/runConfiguration.js";

/**
 * The learning rate at `update` (f32 scalar, updates already done): lr for the first c = round(constantRate * updates), then with t = (update - c) / (updates - c + 1), which nears 1 at
 * the end without reaching it, as rules do per epoch,
 *
 *     linear   lr (1 - t)
 *     cosine   lr (1 + cos(pi t)) / 2
 *     plateau  lr, which the training loop lowers: every update of a stretch has the same
 */
export function learningRateAt(
  {
    learningRate,
    updates,
    constantRate,
    schedule,
  }: {
    readonly learningRate: number;
    readonly updates: number;
    readonly constantRate: number;
    readonly schedule: Schedule;
  },
  update: Tensor,
): Tensor {
  const constant = Math.round(constantRate * updates);
  const decayed = div(maximum(sub(update, constant), 0), updates - constant + 1);
  switch (schedule) {
    case "linear":
      return mul(maximum(sub(1, decayed), 0), learningRate);
    case "cosine":
      return mul(add(cos(mul(minimum(decayed, 1), Math.PI)), 1), learningRate / 2);
    case "plateau":
      return tensor(learningRate);
    default:
      return schedule satisfies never;
  }
}
