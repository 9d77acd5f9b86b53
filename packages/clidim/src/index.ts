export { type DiffAugmentPolicy, diffAugment } from "./augment/diffAugment.js";
export { type Augmentation, drawView } from "./augment/drawView.js";
export { type BestBlur, bestGaussianBlur } from "./classical/bestGaussianBlur.js";
export { type BestStrength, bestNonLocalMeans, bestTotalVariation } from "./classical/bestStabilized.js";
export {
  type DenoiseTotalVariationOptions,
  denoiseTotalVariation,
} from "./classical/denoiseTotalVariation.js";
export { type NonLocalMeansOptions, nonLocalMeans } from "./classical/nonLocalMeans.js";
export {
  Configuration,
  type ConfigurationFile,
  type ConfigurationLayers,
  layerConfiguration,
  type NormalizationChoice,
  type PresetName,
  parseConfiguration,
  presetNames,
  type ResolvedConfiguration,
  resolveConfiguration,
  type ValueSource,
} from "./config/configuration.js";
export { formatConfigurationYaml, parseConfigurationYaml } from "./config/configurationYaml.js";
export type { ContrastiveChoice, ContrastiveMode } from "./config/contrastive.js";
export {
  describeConfiguration,
  type KeyDescription,
  parseConfigurationValue,
  withValue,
} from "./config/describeConfiguration.js";
export type { FieldKind } from "./config/fields.js";
export { presets } from "./config/presets.js";
export type { ContrastiveOptions } from "./contrastive/contrastiveOptions.js";
export { infoNce } from "./contrastive/infoNce.js";
export { ntXent } from "./contrastive/ntXent.js";
export { type PatchNceOptions, patchNce } from "./contrastive/patchNce.js";
export { type HeadTree, type ProjectionHeadOptions, projectionHead } from "./contrastive/projectionHead.js";
export { sameCrop } from "./contrastive/sameCrop.js";
export { type SupConOptions, supCon } from "./contrastive/supCon.js";
export {
  type Crop,
  type CropWalk,
  checkCropSize,
  cropWalk,
  drawCrop,
  type TrainingScene,
} from "./image/crops.js";
export { type DenoiseOptions, type Denoiser, type DenoiserOptions, denoiser } from "./inference/denoise.js";
export {
  type DropoutPassesOptions,
  dropoutPasses,
  type PassMoments,
} from "./inference/dropoutPasses.js";
export { selfEnsemble } from "./inference/selfEnsemble.js";
export { dssim, type SsimOptions } from "./losses/dssim.js";
export { type GanLoss, ganLoss, ganLosses } from "./losses/ganLoss.js";
export { gradientPenalty } from "./losses/gradientPenalty.js";
export { l1Loss } from "./losses/l1Loss.js";
export { lowestMean } from "./losses/lowestMean.js";
export { type MsSsimOptions, msSsim } from "./losses/msSsim.js";
export { psnrLoss } from "./losses/psnrLoss.js";
export { type TotalVariationOptions, totalVariation } from "./losses/totalVariation.js";
export { type DiscriminatorTree, patchDiscriminator } from "./model/discriminator.js";
export {
  type GeneratorTree,
  type GeneratorVariables,
  type Upsampling,
  unetGenerator,
} from "./model/generator.js";
export { discriminatorOf, generatorOf } from "./model/networks.js";
export { type BatchMembers, batchMembers } from "./training/batchMembers.js";
export {
  type Checkpoint,
  exportCheckpoint,
  exportModel,
  importCheckpoint,
  importModel,
  type Model,
  type ModelDescription,
} from "./training/checkpoint.js";
export type { ContrastiveState } from "./training/contrastiveState.js";
export { type CropFeed, type CropFeedOptions, type CropOrder, cropFeed } from "./training/cropFeed.js";
export { cropPages } from "./training/cropPages.js";
export type { TrainingBatch } from "./training/normalizeBatch.js";
export { noiseBins, type PageNoise, pageNoise } from "./training/pageNoise.js";
export { commonPixelType, PixelWords } from "./training/pixelWords.js";
export {
  initialTrainingState,
  type MetricName,
  type NetworkState,
  readMetrics,
  resetMetrics,
  type TrainingMetrics,
  type TrainingState,
} from "./training/state.js";
export { type TrainingStep, trainingStep } from "./training/step.js";
export {
  type CompiledTraining,
  compileTraining,
  type TrainingPhase,
  trainingPhases,
} from "./training/trainingPhases.js";
