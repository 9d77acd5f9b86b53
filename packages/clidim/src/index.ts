export { type DiffAugmentPolicy, diffAugment } from "./augment/diffAugment.js";
export { type Augmentation, drawView } from "./augment/drawView.js";
export { type BestBlur, bestGaussianBlur } from "./classical/bestGaussianBlur.js";
export { type BestStrength, bestNonLocalMeans, bestTotalVariation } from "./classical/bestStabilized.js";
export {
  type DenoiseTotalVariationOptions,
  denoiseTotalVariation,
} from "./classical/denoiseTotalVariation.js";
export { gaussian } from "./classical/gaussianBlurMethod.js";
export { type NonLocalMeansOptions, nonLocalMeans } from "./classical/nonLocalMeans.js";
export { nlm } from "./classical/nonLocalMeansMethod.js";
export { tv } from "./classical/totalVariationMethod.js";
export {
  type ConfigurationFile,
  type ConfigurationLayers,
  layerConfiguration,
  parseConfiguration,
  type ResolvedConfiguration,
  resolveConfiguration,
  type ValueSource,
} from "./configuration/configuration.js";
export { formatConfigurationYaml, parseConfigurationYaml } from "./configuration/configurationYaml.js";
export {
  describeConfiguration,
  type KeyDescription,
  parseConfigurationValue,
  withValue,
} from "./configuration/describeConfiguration.js";
export type { ContrastiveOptions } from "./contrastive/contrastiveOptions.js";
export { infoNce } from "./contrastive/infoNce.js";
export { ntXent } from "./contrastive/ntXent.js";
export { type PatchNceOptions, patchNce } from "./contrastive/patchNce.js";
export { type HeadTree, type ProjectionHeadOptions, projectionHead } from "./contrastive/projectionHead.js";
export { sameCrop } from "./contrastive/sameCrop.js";
export { type SupConOptions, supCon } from "./contrastive/supCon.js";
export type { ContrastiveChoice, ContrastiveMode } from "./contrastiveChoice.js";
export {
  type Crop,
  type CropWalk,
  checkCropSize,
  cropWalk,
  drawCrop,
  type TrainingScene,
} from "./image/crops.js";
export { type DenoiseOptions, type Denoiser, type DenoiserOptions, denoiser } from "./inference/denoise.js";
export { type PassMoments, type SampledPassesOptions, sampledPasses } from "./inference/sampledPasses.js";
export { selfEnsemble } from "./inference/selfEnsemble.js";
export { dssim, type SsimOptions } from "./losses/dssim.js";
export { type GanLoss, ganLoss, ganLosses } from "./losses/ganLoss.js";
export { gradientPenalty } from "./losses/gradientPenalty.js";
export { l1Loss } from "./losses/l1Loss.js";
export { lowestMean } from "./losses/lowestMean.js";
export { type MsSsimOptions, msSsim } from "./losses/msSsim.js";
export { psnrLoss } from "./losses/psnrLoss.js";
export { type TotalVariationOptions, totalVariation } from "./losses/totalVariation.js";
export { clidim } from "./method.js";
export { type DiscriminatorTree, patchDiscriminator } from "./model/discriminator.js";
export {
  type GeneratorTree,
  type GeneratorVariables,
  type Upsampling,
  unetGenerator,
} from "./model/generator.js";
export { discriminatorOf, generatorOf } from "./model/networks.js";
export { presets } from "./presets.js";
export { type BatchMembers, noMembers, type PairBatch, type TrainingBatch } from "./protocol/batch.js";
export type { ConfigurationSpace, Modes, Plain } from "./protocol/configurationSpace.js";
export type { FieldKind } from "./protocol/fields.js";
export {
  type ClassicalMethod,
  type Geometry,
  type Method,
  type MethodVariables,
  methodId,
  type Sampled,
  type ShownMetric,
  type Target,
  type TrainedMethod,
  type TrainingPhase,
  type UpdateContext,
  type Updated,
} from "./protocol/method.js";
export { readMetrics, resetMetrics, type TrainingMetrics } from "./protocol/metrics.js";
export { type MethodRegistry, methodRegistry } from "./protocol/registry.js";
export type { NormalizationChoice, RunConfiguration } from "./protocol/runConfiguration.js";
export { atOnce, type Steps } from "./protocol/steps.js";
export { initialTrainingState, type TrainingState, trainingUpdate } from "./protocol/trainingState.js";
export { methods } from "./registry.js";
export { Configuration, type PresetName, presetNames } from "./schema.js";
export { batchMembers } from "./training/batchMembers.js";
export {
  type Checkpoint,
  exportCheckpoint,
  exportModel,
  importCheckpoint,
  importModel,
  type Model,
  type ModelDescription,
} from "./training/checkpoint.js";
export { type CompiledTraining, compileTraining } from "./training/compileTraining.js";
export type { ContrastiveState } from "./training/contrastiveState.js";
export { type CropFeed, type CropFeedOptions, type CropOrder, cropFeed } from "./training/cropFeed.js";
export { cropPages } from "./training/cropPages.js";
export { noiseBins, type PageNoise, pageNoise } from "./training/pageNoise.js";
export { commonPixelType, PixelWords } from "./training/pixelWords.js";
export type { ClidimState, NetworkState } from "./training/state.js";
export { type TrainingStep, trainingStep } from "./training/step.js";
