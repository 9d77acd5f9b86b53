export type { AblationData, AblationFile, AblationImages, AblationVariant } from "./ablation/ablationFile.js";
export {
  type ConfigurationFile,
  type ConfigurationLayers,
  layerConfiguration,
  parseConfiguration,
  type ResolvedConfiguration,
  resolveConfiguration,
  type ValueSource,
} from "./configuration/configuration.js";
export {
  describeConfiguration,
  type KeyDescription,
  parseConfigurationValue,
  withValue,
} from "./configuration/describeConfiguration.js";
export {
  type AxisSelection,
  type Channel,
  channelsOf,
  channelText,
  type PlaneAxis,
  type PlaneExtent,
  type PlaneRanges,
  parseRanges,
  planeAxes,
  rangesText,
} from "./data/axisSelection.js";
export { type CropFeed, type CropFeedOptions, type CropOrder, cropFeed } from "./data/cropFeed.js";
export { cropPages } from "./data/cropPages.js";
export {
  type Crop,
  type CropWalk,
  checkCropSize,
  cropWalk,
  drawCrop,
  type TrainingScene,
} from "./data/crops.js";
export { fitConfigured, normalizesBatches } from "./data/fitConfigured.js";
export { networkPage } from "./data/networkPage.js";
export { noiseBins, type PageNoise, pageNoise, tellingPart } from "./data/pageNoise.js";
export { type Verdict, verdictOf } from "./data/pairs/comparePair.js";
export { commonPixelType, PixelWords } from "./data/pixelWords.js";
export { preparedConfiguration } from "./data/preparedConfiguration.js";
export { type UsedAxes, usedAxesText } from "./data/usedAxes.js";
export { addedNoiseErrors } from "./inference/addedNoise.js";
export type { BatchDenoiser } from "./inference/batchDenoiser.js";
export { type ContestedMethod, chooseClassical, type Ranking } from "./inference/chooseClassical.js";
export { type DenoiseOptions, type Denoiser, type DenoiserOptions, denoiser } from "./inference/denoise.js";
export {
  type Carry,
  HIDDEN_SETS,
  type HidingPage,
  hiddenErrors,
  type LaterDenoiser,
  laterErrors,
  type RingRatio,
} from "./inference/hiddenPixels.js";
export { type AppliedModel, modelDenoiser } from "./inference/modelDenoiser.js";
export { type Orientations, orientationsOf } from "./inference/orientationsOf.js";
export { type PassMoments, type SampledPassesOptions, sampledPasses } from "./inference/sampledPasses.js";
export { selfEnsemble } from "./inference/selfEnsemble.js";
export { showingPages } from "./inference/showingPages.js";
export { type TellingPage, tellingPages } from "./inference/tellingPages.js";
export { withoutHotPixels } from "./inference/withoutHotPixels.js";
export { type AdapterRecord, adapterRecord } from "./machine/adapter.js";
export { type SelfTestResult, selfTest } from "./machine/selfTest.js";
export { type BlendedPage, blendWeight } from "./model/blendWeight.js";
export type { ModelBlend } from "./model/modelBlend.js";
export {
  exportModel,
  importModel,
  type Model,
  type ModelDescription,
  normalizationSchema,
} from "./model/modelFile.js";
export { trainedChannel } from "./model/trainedChannel.js";
export { untrained } from "./model/untrained.js";
export { type BatchMembers, noMembers, type PairBatch, type TrainingBatch } from "./protocol/batch.js";
export {
  type Attempt,
  type BestSearch,
  bestAtOnce,
  foundAtOnce,
  type PagePair,
} from "./protocol/bestSearch.js";
export type { Changes, ConfigurationSpace, Modes, Plain } from "./protocol/configurationSpace.js";
export { describeMethod, type MethodDescription } from "./protocol/describeMethod.js";
export { type FieldKind, listOf, odd, oneOf, onOff, real, record, whole } from "./protocol/fields.js";
export type { MethodGuide, Publication, TimeClass } from "./protocol/guide.js";
export { halvedLearningRate } from "./protocol/halvedLearningRate.js";
export {
  type ClassicalMethod,
  type ComparedPart,
  type Contest,
  type Division,
  type Geometry,
  type Held,
  type HeldImages,
  type Method,
  type MethodVariables,
  methodId,
  type Remedy,
  type Sampled,
  type SelfTraining,
  type SharedNoise,
  type ShownMetric,
  type SuitedTraining,
  type Target,
  type TrainedMethod,
  type TrainingImages,
  type TrainingPhase,
  type UpdateContext,
  type Updated,
} from "./protocol/method.js";
export { readMetrics, resetMetrics, type TrainingMetrics } from "./protocol/metrics.js";
export { type MethodRegistry, methodRegistry } from "./protocol/registry.js";
export {
  adamFields,
  checkRun,
  checkSchedule,
  cropField,
  type GroundTruth,
  inputChannels,
  type NormalizationChoice,
  normalizationChoice,
  normalizationFields,
  notes,
  type Plateau,
  plateauChoice,
  plateauFields,
  type Refuse,
  type RunConfiguration,
  runFields,
  type Schedule,
  scheduleOrPlateau,
  selectionWithoutTest,
} from "./protocol/runConfiguration.js";
export { atOnce, type Steps } from "./protocol/steps.js";
export { learningRateAt } from "./step/learningRate.js";
export { atPrecision, type ScaledOptimizer, scaledOptimizer } from "./step/precision.js";
export { type Checkpoint, exportCheckpoint, importCheckpoint } from "./training/checkpoint.js";
export { type CompiledTraining, compileTraining } from "./training/compileTraining.js";
export { initialTrainingState, type TrainingState } from "./training/trainingState.js";
export { trainingUpdate } from "./training/trainingUpdate.js";
