import type { Manifest } from "./manifest.js";
import type { MetricsLog, ValidationFigures } from "./metricsLog.js";
import type { GuardedPast } from "./trainingGuard.js";
import type { TrainingState } from "./trainingState.js";

/** A model and its validation figures: the best so far, where the best is kept; where the last is and the training is guarded, the latest that was accepted. */
export interface KeptModel {
  readonly figures: ValidationFigures;
  /** As `exportModel` writes it. */
  readonly bytes: Uint8Array;
}

/** Where a session starts. */
export interface TrainingPosition {
  readonly state: TrainingState;
  readonly log: MetricsLog;
  readonly manifest: Manifest;
  readonly kept: KeptModel | undefined;
  /** With `guard`. */
  readonly guarded: GuardedPast | undefined;
}
