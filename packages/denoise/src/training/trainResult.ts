import type { Manifest } from "./manifest.js";
import type { TrainingFolder } from "./outputFolder.js";

export interface TrainResult {
  readonly folder: TrainingFolder;
  readonly manifest: Manifest;
  /** False when the signal stopped the run; true of one that was finished early too. */
  readonly completed: boolean;
}

/** A checkpoint is written when either has passed since the last one. Defaults 500 updates, 300 s. */
export interface CheckpointInterval {
  readonly updates?: number;
  readonly seconds?: number;
}
