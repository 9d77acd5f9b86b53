import type { LossScale } from "@clidim/nn";
import { add, cast, foldIn, type Tensor, type Tree, zeros } from "@clidim/tensor";
import { normalizeBatch } from "../training/normalizeBatch.js";
import { initialLossScale } from "../training/precision.js";
import type { TrainingBatch } from "./batch.js";
import type { TrainedMethod, TrainingPhase } from "./method.js";
import { addMetrics, emptyMetrics, type TrainingMetrics } from "./metrics.js";
import type { RunConfiguration } from "./runConfiguration.js";

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

/**
 * One update of a phase as a pure function of state and batch, to be compiled: `compile(trainingUpdate(configuration, phase), { donate: [0, 1] })`. Batches are as the feed
 * gives them; see `normalizeBatch`.
 */
export const trainingUpdate =
  <S>({ normalization }: Pick<RunConfiguration, "normalization">, phase: TrainingPhase<S>) =>
  ({ method, lossScale, key, update, metrics }: TrainingState<S>, batch: TrainingBatch): TrainingState<S> => {
    const context = { update, key: foldIn(key, cast(update, "u32")), lossScale };
    const after = phase.step(method, normalizeBatch(normalization, batch), context);
    return {
      method: after.state,
      ...(after.lossScale && { lossScale: after.lossScale }),
      key,
      update: add(update, 1),
      metrics: addMetrics(metrics, after.metrics, after.taken),
    };
  };
