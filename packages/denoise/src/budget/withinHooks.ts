import type { DenoiseHooks } from "../inference/fileDenoiser.js";
import type { TrainHooks } from "../training/trainHooks.js";

export interface DenoiseFilesWithinHooks extends DenoiseHooks {
  /** What is told of the training. */
  readonly training?: Omit<TrainHooks, "signal"> | undefined;
  /** Told when a training begins, and when it has ended. */
  readonly onTraining?: ((running: boolean) => void) | undefined;
  /** Aborting it ends the training; the files are denoised with what there is then. */
  readonly trainingSignal?: AbortSignal | undefined;
}
