import type { Normalization } from "@clidim/imaging";
import type { Compilation } from "@clidim/tensor";
import type { SceneSplit } from "../data/splitScenes.js";
import type { UsedAxes } from "../data/usedAxes.js";
import type { AdapterRecord } from "../machine/adapter.js";
import type { ShownMetric, TrainedMethod } from "../protocol/method.js";
import type { RunConfiguration } from "../protocol/runConfiguration.js";
import type { CropFigures } from "./metricsLog.js";

/** What is known before the first update. */
export interface TrainingStart {
  readonly method: TrainedMethod;
  readonly configuration: RunConfiguration;
  /** Which losses a line of progress shows. */
  readonly shown: readonly ShownMetric[];
  readonly adapter: AdapterRecord;
  readonly split: SceneSplit;
  readonly normalization: Normalization;
  /** What of the files is meant, where it is not everything. */
  readonly axes?: UsedAxes;
  /** Updates done by earlier sessions. */
  readonly update: number;
}

export interface TrainingProgress {
  readonly update: number;
  readonly updates: number;
  /** Over the last seconds; undefined until the second measurement. */
  readonly updatesPerSecond?: number;
  readonly secondsLeft?: number;
  /** The latest figures: means over the updates since the log point before. */
  readonly losses?: Readonly<Record<string, number>>;
  readonly validation?: CropFigures;
  /** Whether this is a log point with validation figures of its own. */
  readonly validated: boolean;
}

export interface TrainHooks {
  /** Aborting it stops the run after the update at hand; everything is saved and the result says so. */
  readonly signal?: AbortSignal;
  /** Aborting it finishes the run early: the update at hand is the last one, what is best so far is kept, and the run is completed with it like any other. The manifest's `updates` say after which. It can be gone on with nevertheless. */
  readonly finish?: AbortSignal;
  readonly onStart?: (start: TrainingStart) => void;
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly onWarning?: (sentence: string) => void;
  /** What comes next, in a sentence, where it takes a while and no updates are done in it. */
  readonly onPhase?: (sentence: string) => void;
  /** Called whenever a kernel has been compiled, with how many of those that the device was asked for. Those of an update are compiled before the first one, which may take minutes. */
  readonly onCompile?: (compilation: Compilation) => void;
}
