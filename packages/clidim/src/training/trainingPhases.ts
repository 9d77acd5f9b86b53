import { type CompileOptions, compile } from "@clidim/tensor";
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

/**
 * A whole run's updates, compiled phase by phase when the first update of one comes: `update` is the number of updates done. State and batch are
 * donated.
 */
export function compileTraining(
  configuration: Configuration,
  options: Pick<CompileOptions, "device"> = {},
): (state: TrainingState, batch: TrainingBatch, update: number) => Promise<TrainingState> {
  const phases = trainingPhases(configuration).map(({ from, step }) => ({
    from,
    step: compile(step, { ...options, donate: [0, 1] }),
  }));
  return (state, batch, update) => {
    const phase = phases.findLast(({ from }) => from <= update);
    if (!phase) throw new Error(`compileTraining: update is counted from 0, got ${update}`);
    return phase.step(state, batch);
  };
}
