/** What needs Node: files and the commands of the command line. Everything else is the package's root. */
export {
  type AblateHooks,
  type AblateOptions,
  type AblationOutcome,
  ablate,
} from "./ablation/ablate.js";
export {
  type AblationData,
  type AblationFile,
  type AblationImages,
  type AblationVariant,
  parseAblation,
} from "./ablation/ablationFile.js";
export { type AblationRun, ablationGrid } from "./ablation/grid.js";
export type { Measurement, Metrics } from "./ablation/measure.js";
export type { ClassicalResult, RunResult, TrainingSummary } from "./ablation/results.js";
export {
  type AblationTable,
  ablationTable,
  type FinishedClassical,
  type FinishedRun,
  tablesMarkdown,
} from "./ablation/table.js";
export { type AdapterRecord, adapterRecord } from "./commands/adapter.js";
export {
  type DenoisedFile,
  type DenoiseFilesOptions,
  type DenoiseHooks,
  type DenoiseProgress,
  denoiseFiles,
} from "./commands/denoiseFiles.js";
export { type DoctorCheck, type DoctorOptions, type DoctorReport, doctor } from "./commands/doctor.js";
export { formatDuration } from "./commands/duration.js";
export {
  type Baseline,
  type EvaluatedPage,
  type EvaluateOptions,
  type Evaluation,
  evaluateFiles,
  evaluateScenes,
  type Gain,
} from "./commands/evaluateFiles.js";
export { loadModel } from "./commands/loadModel.js";
export { type Manifest, readManifest } from "./commands/manifest.js";
export type { CropFigures, MetricsLine, ValidationFigures } from "./commands/metricsLog.js";
export { openDevice } from "./commands/openDevice.js";
export type { TrainingFolder } from "./commands/outputFolder.js";
export { packageVersion } from "./commands/packageVersion.js";
export { type DemoHooks, type DemoOptions, type DemoResult, runDemo } from "./commands/runDemo.js";
export { type SelfTestResult, selfTest } from "./commands/selfTest.js";
export { type SceneSplit, splitScenes, type ValidationPage } from "./commands/splitScenes.js";
export { loadTiles, saveTiles, tileCachePath } from "./commands/tileCache.js";
export { type TestFiles, type TrainOptions, train } from "./commands/train.js";
export type {
  CheckpointInterval,
  TrainHooks,
  TrainingProgress,
  TrainingStart,
  TrainResult,
} from "./commands/trainingRun.js";
export { type TuneHooks, type TuneResult, tuneKernels } from "./commands/tuneKernels.js";
export {
  type EvaluationScene,
  pairForEvaluation,
  pairStacks,
  readEvaluation,
  readScenes,
  type Scene,
} from "./files/pairing.js";
