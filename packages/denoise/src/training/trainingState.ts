import type { LossScale } from "@clidim/nn";
import { type Tensor, type Tree, zeros } from "@clidim/tensor";
import type { TrainedMethod } from "../protocol/method.js";
import { emptyMetrics, type TrainingMetrics } from "../protocol/metrics.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import { initialLossScale } from "../step/precision.js";

/** Everything that an update reads and writes: a tree of tensors. What a method keeps is its own business. */
export type TrainingState<S = Tree<Tensor>> = {
  readonly method: S;
  /** With precision mixed. */
  readonly lossScale?: LossScale;
  /** The source of what is drawn at random; each update draws from it folded with its number. */
  readonly key: Tensor;
  /** Updates done, an f32 scalar (exact up to 2^24). */
  readonly update: Tensor;
  readonly metrics: TrainingMetrics;
};

/** A state of fresh weights, no update done. The same seed (a whole number up to 2^53 - 1) gives the same state. */
export function initialTrainingState<C extends RunConfiguration, S>(
  method: TrainedMethod<C, S>,
  configuration: C,
  seed: number,
): TrainingState<S> {
  const { state, key } = method.init(configuration, seed);
  return {
    method: state,
    ...initialLossScale(configuration),
    key,
    update: zeros([]),
    metrics: emptyMetrics(method.metrics),
  };
}
