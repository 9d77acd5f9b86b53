import type { Normalization } from "@clidim/imaging";
import type { CropFeed } from "../data/cropFeed.js";
import type { SceneSplit } from "../data/splitScenes.js";
import type { Computer } from "../machine/adapter.js";
import type { ClassicalMethod, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { FluxSample } from "./fluxSample.js";
import type { TrainingFolder } from "./outputFolder.js";
import type { TrainHooks } from "./trainHooks.js";
import type { ValidationCrop } from "./validation.js";

/** What stays the same during a session. */
export interface TrainingSession {
  readonly method: TrainedMethod;
  readonly configuration: RunConfiguration;
  readonly seed: number;
  readonly device: Computer;
  readonly feed: CropFeed;
  /** What the run looks at as it goes. */
  readonly crops: readonly ValidationCrop[];
  readonly split: SceneSplit;
  readonly normalization: Normalization;
  /** Where the brightness of the model is to be calibrated. */
  readonly flux?: FluxSample;
  readonly folder: TrainingFolder;
  readonly hooks: TrainHooks;
  /** What the results of the model are to be a mean with. */
  readonly blended?: ClassicalMethod;
  /** What the model is compared with at the end. */
  readonly baselines: readonly ClassicalMethod[];
}
