import { add, cast, foldIn } from "@clidim/tensor";
import { normalizeBatch } from "../data/normalizeBatch.js";
import type { TrainingBatch } from "../protocol/batch.js";
import type { TrainingPhase } from "../protocol/method.js";
import { addMetrics } from "../protocol/metrics.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { TrainingState } from "./trainingState.js";

/**
 * One update of a phase, or the periodic one of it, as a pure function of state and batch, to be compiled: `compile(trainingUpdate(configuration, phase), { donate: [0, 1] })`. Batches are as the feed
 * gives them; see `normalizeBatch`.
 */
export const trainingUpdate =
  <S>({ normalization }: Pick<RunConfiguration, "normalization">, phase: Pick<TrainingPhase<S>, "step">) =>
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
