export { type BestBlur, bestGaussianBlur } from "./classical/bestGaussianBlur.js";
export { gaussianBlur } from "./classical/gaussianBlur.js";
export {
  Configuration,
  type NormalizationChoice,
  type PresetName,
  parseConfiguration,
  presetNames,
  resolveConfiguration,
} from "./config/configuration.js";
export { presets } from "./config/presets.js";
export { castImage } from "./image/castImage.js";
export { counterRandom, type RandomStream } from "./image/counterRandom.js";
export {
  type Crop,
  type CropBatch,
  checkCropSize,
  drawCrop,
  sampleCrops,
  type TrainingScene,
} from "./image/crops.js";
export type { Image, PixelArrays, PixelType, Plane, Stack } from "./image/image.js";
export { InputError } from "./image/inputError.js";
export { meanImage } from "./image/meanImage.js";
export {
  type Affine,
  affineOf,
  checkIntensities,
  denormalize,
  type FitNormalizationOptions,
  fitNormalization,
  type IntensityCheck,
  type Normalization,
  normalize,
} from "./image/normalization.js";
export { percentile, percentiles } from "./image/percentile.js";
export { type DenoiseOptions, type Denoiser, type DenoiserOptions, denoiser } from "./inference/denoise.js";
export { dssim } from "./losses/dssim.js";
export { ganLoss } from "./losses/ganLoss.js";
export { l1Loss } from "./losses/l1Loss.js";
export { totalVariation } from "./losses/totalVariation.js";
export {
  evaluatePages,
  type MetricsSummary,
  meanMetrics,
  type PageMetrics,
  pageMetrics,
} from "./metrics/evaluatePages.js";
export { meanSquaredError } from "./metrics/meanSquaredError.js";
export { type NrmseNormalization, nrmse } from "./metrics/nrmse.js";
export { psnr } from "./metrics/psnr.js";
export { ssim, ssimGaussian } from "./metrics/ssim.js";
export { type DiscriminatorTree, patchDiscriminator } from "./model/discriminator.js";
export { type GeneratorTree, type GeneratorVariables, unetGenerator } from "./model/generator.js";
export { discriminatorOf, generatorOf } from "./model/networks.js";
export { type SimulatedScene, type SimulateOptions, simulateScenes } from "./simulate/simulateScenes.js";
export {
  type Checkpoint,
  exportCheckpoint,
  exportModel,
  importCheckpoint,
  importModel,
  type Model,
  type ModelDescription,
} from "./training/checkpoint.js";
export type { TrainingBatch } from "./training/normalizeBatch.js";
export {
  initialTrainingState,
  type MetricName,
  type NetworkState,
  readMetrics,
  resetMetrics,
  type TrainingMetrics,
  type TrainingState,
} from "./training/state.js";
export { trainingStep } from "./training/step.js";
