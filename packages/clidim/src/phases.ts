import type { TrainingPhase } from "@clidim/denoise";
import type { Configuration } from "./schema.js";
import type { ClidimState } from "./state.js";
import { averaged } from "./step/averaged.js";
import { gainAugmented } from "./step/gainAugmented.js";
import { noiseAugmented } from "./step/noiseAugmented.js";
import { pretrainingStep } from "./step/pretrainingStep.js";
import { type TrainingStep, trainingStep } from "./step/step.js";

/** A phase whose batches are pairs. */
type PairPhase = Omit<TrainingPhase<ClidimState>, "step"> & { readonly step: TrainingStep };

/**
 * The phases of a run, in order: with mode pretrain the updates of the encoder alone, with another contrastive term the updates before
 * `startUpdate` without it, and then `trainingStep`.
 */
export function phases(configuration: Configuration): PairPhase[] {
  const { contrastive } = configuration;
  const { mode, startUpdate, pretrainUpdates } = contrastive;
  const prepared = (step: TrainingStep): TrainingStep =>
    averaged(configuration, gainAugmented(configuration, noiseAugmented(configuration, step)));
  const last = prepared(trainingStep(configuration));
  if (mode === "pretrain" && pretrainUpdates > 0) {
    return [
      { from: 0, preparing: true, step: prepared(pretrainingStep(configuration)) },
      { from: pretrainUpdates, step: last },
    ];
  }
  if (mode !== "off" && mode !== "pretrain" && startUpdate > 0) {
    const without: Configuration = { ...configuration, contrastive: { ...contrastive, mode: "off" } };
    const before = prepared(trainingStep(without));
    return [
      { from: 0, step: before },
      { from: startUpdate, step: last },
    ];
  }
  return [{ from: 0, step: last }];
}
