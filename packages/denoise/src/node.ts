/** What needs Node: files. Everything else is the package's root. */
export { type AblateHooks, type AblateOptions, type AblationOutcome, ablate } from "./ablation/ablate.js";
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
export {
  type DenoisedWithin,
  type DenoiseFilesWithinOptions,
  denoiseFilesWithin,
} from "./budget/denoiseFilesWithin.js";
export type { DenoiseFilesWithinHooks } from "./budget/withinHooks.js";
export type { Captures } from "./data/pageAxes.js";
export {
  type EvaluationScene,
  type ImageAxes,
  openEvaluation,
  openScenes,
  pairForEvaluation,
  pairStacks,
  type Scene,
} from "./data/pairing.js";
export { checkPairs, type PairCheckOptions } from "./data/pairs/checkPairs.js";
export { type SceneSplit, splitScenes, type ValidationPage } from "./data/splitScenes.js";
export { type PageStack, StackFiles } from "./data/stackFiles.js";
export type { TestFiles } from "./data/testScenes.js";
export { type DemoHooks, type DemoOptions, type DemoResult, runDemo } from "./demo/runDemo.js";
export {
  type Baseline,
  type BaselineProgress,
  type EvaluatedPage,
  type EvaluateOptions,
  type Evaluation,
  type EvaluationProgress,
  evaluateFiles,
  evaluateScenes,
  type Gain,
} from "./evaluation/evaluateFiles.js";
export { type EvaluationTable, evaluationTables } from "./evaluation/evaluationTables.js";
export {
  type MeasureNoiseHooks,
  type MeasureNoiseOptions,
  measureNoiseFiles,
} from "./evaluation/measureNoiseFiles.js";
export type { ClassicalCosts, Contender, ContenderSource, Contenders } from "./inference/contender.js";
export { type DenoisedBatch, denoiseFiles } from "./inference/denoiseFiles.js";
export type { DenoiseFilesOptions, DenoiserChoice } from "./inference/denoiseFilesOptions.js";
export {
  type DenoisedJob,
  type DenoisingSession,
  type DenoisingSessionOptions,
  denoisingSession,
  type SessionHooks,
} from "./inference/denoisingSession.js";
export { jobOf } from "./inference/existingResult.js";
export type {
  DenoisedChannel,
  DenoisedFile,
  DenoiseHooks,
  DenoiseProgress,
} from "./inference/fileDenoiser.js";
export type { MethodAnswer, MethodRequest } from "./inference/methodRequests.js";
export { MethodThreads, type MethodThreadsOptions, type MethodWorker } from "./inference/methodThreads.js";
export type { FailedFile, InputFile, PlannedFile, SkippedFile } from "./inference/planFiles.js";
export type { ReadyModel } from "./inference/readyModel.js";
export { namedInput, type ResultRecord } from "./inference/resultRecord.js";
export { ResultRecords } from "./inference/resultRecords.js";
export { type MethodPort, serveMethods } from "./inference/serveMethods.js";
export { adapterNumbers, type NumberedAdapter } from "./machine/adapterNumbers.js";
export { type DoctorCheck, type DoctorOptions, type DoctorReport, doctor } from "./machine/doctor.js";
export { chooseAdapter, chooseGpuOrProcessor, openDevice } from "./machine/openDevice.js";
export { packageVersion } from "./machine/packageVersion.js";
export { loadTiles, saveTiles, tileCachePath } from "./machine/tileCache.js";
export { type FluxCalibration, fluxText } from "./model/fluxCalibration.js";
export { type ForeignReader, loadModel, modelFile } from "./model/loadModel.js";
export { blendText } from "./model/modelBlend.js";
export { coverageText, type ModelUncertainty } from "./model/modelUncertainty.js";
export type { ComparedFigures, ComparedMethod, Comparison } from "./training/comparison.js";
export { type Manifest, readManifest } from "./training/manifest.js";
export type { CropFigures, ImageFigures, MetricsLine, ValidationFigures } from "./training/metricsLog.js";
export type { TrainingFolder } from "./training/outputFolder.js";
export { type ResultsKind, resultsIn } from "./training/resultsIn.js";
export { type TrainOptions, train } from "./training/train.js";
export type { TrainHooks, TrainingProgress, TrainingStart } from "./training/trainHooks.js";
export type { CheckpointInterval, TrainResult } from "./training/trainResult.js";
export { type TuneHooks, type TuneResult, tuneKernels } from "./training/tuneKernels.js";
