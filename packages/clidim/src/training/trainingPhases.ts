import { type CompileOptions, compile, type Tensor, type Tree } from "@clidim/tensor";
import type { Configuration } from "../config/configuration.js";
import type { TrainingBatch } from "./normalizeBatch.js";
import { pretrainingStep } from "./pretrainingStep.js";
import type { TrainingState } from "./state.js";
import { type TrainingStep, trainingStep } from "./step.js";

/** A part of a training run in which every update is the same function. */
export interface TrainingPhase {
  /** Its first update, counted from 0. */
  readonly from: number;
  readonly step: TrainingStep;
}

/**
 * The phases of a run, in order: with mode pretrain the updates of the encoder alone, with another contrastive term the updates before
 * `startUpdate` without it, and then `trainingStep`.
 */
export function trainingPhases(configuration: Configuration): TrainingPhase[] {
  const { contrastive } = configuration;
  const { mode, startUpdate, pretrainUpdates } = contrastive;
  const last = trainingStep(configuration);
  if (mode === "pretrain" && pretrainUpdates > 0) {
    return [
      { from: 0, step: pretrainingStep(configuration) },
      { from: pretrainUpdates, step: last },
    ];
  }
  if (mode !== "off" && mode !== "pretrain" && startUpdate > 0) {
    const before = trainingStep({ ...configuration, contrastive: { ...contrastive, mode: "off" } });
    return [
      { from: 0, step: before },
      { from: startUpdate, step: last },
    ];
  }
  return [{ from: 0, step: last }];
}

/** The updates of a run: `update` is the number of updates done, `given` what the update is computed from. */
export type CompiledTraining<B> = (state: TrainingState, given: B, update: number) => Promise<TrainingState>;

/**
 * A whole run's updates, compiled phase by phase when the first update of one comes. State and batch are donated. With `batchOf` a call is given
 * something else, such as a `CropOrder`, that the batch is computed from inside the compiled step.
 */
export function compileTraining(
  configuration: Configuration,
  options?: Pick<CompileOptions, "device">,
): CompiledTraining<TrainingBatch>;
export function compileTraining<B extends Tree<Tensor>>(
  configuration: Configuration,
  options: Pick<CompileOptions, "device"> & { readonly batchOf: (given: B) => TrainingBatch },
): CompiledTraining<B>;
export function compileTraining(
  configuration: Configuration,
  {
    batchOf = (batch) => batch,
    ...options
  }: Pick<CompileOptions, "device"> & { readonly batchOf?: (given: TrainingBatch) => TrainingBatch } = {},
): CompiledTraining<TrainingBatch> {
  const phases = trainingPhases(configuration).map(({ from, step }) => ({
    from,
    step: compile((state: TrainingState, given: TrainingBatch) => step(state, batchOf(given)), {
      ...options,
      donate: [0, 1],
    }),
  }));
  return (state, given, update) => {
    const phase = phases.findLast(({ from }) => from <= update);
    if (!phase) throw new Error(`compileTraining: update is counted from 0, got ${update}`);
    return phase.step(state, given);
  };
}
