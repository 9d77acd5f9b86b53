import type { TrainingPhase } from "@clidim/denoise";
import { actingContrast } from "./contrastiveChoice.js";
import type { Configuration } from "./schema.js";
import type { ClidimState } from "./state.js";
import { averaged } from "./step/averaged.js";
import { gainAugmented } from "./step/gainAugmented.js";
import { noiseAugmented } from "./step/noiseAugmented.js";
import { pretrainingStep } from "./step/pretrainingStep.js";
import { type TrainingStep, trainingStep } from "./step/step.js";

/** A phase whose batches are pairs. */
type PairPhase = Omit<TrainingPhase<ClidimState>, "step" | "periodic"> & {
  readonly step: TrainingStep;
  readonly periodic?: { readonly every: number; readonly step: TrainingStep };
};

/**
 * The phases of a run, in order: with mode pretrain the updates of the encoder alone, with another contrastive term the updates before
 * `startUpdate` without it, and then `trainingStep`.
 */
export function phases(given: Configuration): PairPhase[] {
  const configuration: Configuration = { ...given, contrastive: actingContrast(given.contrastive) };
  const { contrastive } = configuration;
  const { mode, startUpdate, pretrainUpdates } = contrastive;
  if (mode === "pretrain" && pretrainUpdates > 0) {
    const step = withAugmentations(configuration, pretrainingStep(configuration));
    return [
      { from: 0, preparing: true, step },
      { from: pretrainUpdates, ...withPenalty(configuration) },
    ];
  }
  if (mode !== "off" && mode !== "pretrain" && startUpdate > 0) {
    const without: Configuration = { ...configuration, contrastive: { ...contrastive, mode: "off" } };
    return [
      { from: 0, ...withPenalty(without) },
      { from: startUpdate, ...withPenalty(configuration) },
    ];
  }
  return [{ from: 0, ...withPenalty(configuration) }];
}

const withAugmentations = (configuration: Configuration, step: TrainingStep): TrainingStep =>
  averaged(configuration, gainAugmented(configuration, noiseAugmented(configuration, step)));

/**
 * `trainingStep`, whose penalty at real images comes in every `r1Interval`th update alone, so many times as large: on average the gradient is the same (Karras et al. 2020, lazy regularisation), and the
 * second derivatives that it takes cost next to nothing.
 */
function withPenalty(configuration: Configuration): Pick<PairPhase, "step" | "periodic"> {
  const { weights, r1, r1Interval: every } = configuration;
  const stepWith = (penalty: number): TrainingStep =>
    withAugmentations(configuration, trainingStep({ ...configuration, r1: penalty }));
  if (weights.gan === 0 || r1 === 0 || every === 1) return { step: stepWith(r1) };
  return { step: stepWith(0), periodic: { every, step: stepWith(r1 * every) } };
}
