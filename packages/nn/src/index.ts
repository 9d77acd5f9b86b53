export type {
  AvgPoolOptions,
  Extents1d,
  Extents2d,
  Extents3d,
  MaxPoolOptions,
  PoolOptions,
} from "@clidim/tensor";
export { type Block, type Blocks, namedBlocks } from "./blocks.js";
export { type Collated, collate } from "./data/collate.js";
export {
  type BatchOptions,
  type Dataset,
  dataset,
  type Indexed,
  type MapOptions,
  type ShuffleOptions,
  type Source,
} from "./data/dataset.js";
export * as initializers from "./initializers/index.js";
export type { Fans, Initializer } from "./initializers/initializer.js";
export type {
  AnyLayer,
  Context,
  Layer,
  LayerResult,
  None,
  Observation,
  ParamsOf,
  StatsOf,
  Variables,
  VariablesOf,
} from "./layer.js";
export {
  elu,
  gelu,
  glu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "./layers/activations.js";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "./layers/adaptivePool.js";
export type { Affine, AffineOptions } from "./layers/affine.js";
export { avgPool1d, avgPool2d, avgPool3d } from "./layers/avgPool.js";
export { type BatchNormOptions, type BatchNormStats, batchNorm } from "./layers/batchNorm.js";
export { dropout1d, dropout2d, dropout3d } from "./layers/channelDropout.js";
export { child } from "./layers/child.js";
export type { Layers, ParamsOfEach, StatsOfEach } from "./layers/children.js";
export { type Conv1dOptions, conv1d } from "./layers/conv1d.js";
export { type Conv2dOptions, conv2d, type Padding, type Pair } from "./layers/conv2d.js";
export { type Conv3dOptions, conv3d, type Triple } from "./layers/conv3d.js";
export type { PaddingMode } from "./layers/convolutionLayer.js";
export { type ConvTranspose1dOptions, convTranspose1d } from "./layers/convTranspose1d.js";
export { type ConvTranspose2dOptions, convTranspose2d } from "./layers/convTranspose2d.js";
export { type ConvTranspose3dOptions, convTranspose3d } from "./layers/convTranspose3d.js";
export { type DepthwiseConv2dOptions, depthwiseConv2d } from "./layers/depthwiseConv2d.js";
export { dropout } from "./layers/dropout.js";
export { type EmbeddingOptions, type EmbeddingParams, embedding } from "./layers/embedding.js";
export {
  type Bags,
  type EmbeddingBag,
  type EmbeddingBagOptions,
  embeddingBag,
} from "./layers/embeddingBag.js";
export { flatten } from "./layers/flatten.js";
export { globalAvgPool2d } from "./layers/globalAvgPool2d.js";
export { type GroupNormOptions, groupNorm } from "./layers/groupNorm.js";
export { gru } from "./layers/gru.js";
export { identity } from "./layers/identity.js";
export { type InstanceNormOptions, instanceNorm } from "./layers/instanceNorm.js";
export type { KeyValueCache } from "./layers/keyValueCache.js";
export { lambda } from "./layers/lambda.js";
export { type LayerNormOptions, layerNorm } from "./layers/layerNorm.js";
export { type LinearOptions, linear } from "./layers/linear.js";
export { type LstmState, lstm } from "./layers/lstm.js";
export { maxPool1d, maxPool2d, maxPool3d } from "./layers/maxPool.js";
export {
  type AttentionInputs,
  type MultiHeadAttention,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParams,
  multiHeadAttention,
} from "./layers/multiHeadAttention.js";
export { type ParallelOptions, parallel } from "./layers/parallel.js";
export { pixelShuffle, pixelUnshuffle } from "./layers/pixelShuffle.js";
export type {
  Recurrent,
  RecurrentCellParams,
  RecurrentInputs,
  RecurrentOptions,
  RecurrentParams,
  RecurrentState,
} from "./layers/recurrentLayer.js";
export { type ResidualParts, residual } from "./layers/residual.js";
export { type RmsNormOptions, rmsNorm } from "./layers/rmsNorm.js";
export { type RnnOptions, rnn } from "./layers/rnn.js";
export {
  type RotaryEmbeddingOptions,
  type RotaryOptions,
  rotaryEmbedding,
} from "./layers/rotaryEmbedding.js";
export { type AttentionOptions, scaledDotProductAttention } from "./layers/scaledDotProductAttention.js";
export { sequential } from "./layers/sequential.js";
export { type SinusoidalEncodingOptions, sinusoidalEncoding } from "./layers/sinusoidalEncoding.js";
export { type SkipParts, skip } from "./layers/skip.js";
export { type Upsample2dOptions, upsample2d } from "./layers/upsample2d.js";
export type { WeightAndBias, WeightOptions } from "./layers/weights.js";
export { binaryCrossEntropy } from "./losses/binaryCrossEntropy.js";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
} from "./losses/binaryCrossEntropyWithLogits.js";
export { type CosineEmbeddingOptions, cosineEmbedding } from "./losses/cosineEmbedding.js";
export { type CrossEntropyOptions, crossEntropy } from "./losses/crossEntropy.js";
export { type CtcOptions, ctc } from "./losses/ctc.js";
export { type DiceOptions, dice } from "./losses/dice.js";
export {
  type CosineSimilarityOptions,
  cosineSimilarity,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from "./losses/distances.js";
export { type FocalOptions, focal } from "./losses/focal.js";
export { type GaussianNllOptions, gaussianNll } from "./losses/gaussianNll.js";
export { type HuberOptions, huber } from "./losses/huber.js";
export { type KlDivergenceOptions, klDivergence } from "./losses/klDivergence.js";
export { l1 } from "./losses/l1.js";
export {
  type HingeOptions,
  hinge,
  hingeEmbedding,
  type MarginOptions,
  type MultilabelSoftMarginOptions,
  type MultiMarginOptions,
  marginRanking,
  multilabelSoftMargin,
  multiMargin,
  softMargin,
} from "./losses/margins.js";
export { mse } from "./losses/mse.js";
export { type NllOptions, nll } from "./losses/nll.js";
export { type PoissonNllOptions, poissonNll } from "./losses/poissonNll.js";
export type { LossOptions, Reduction } from "./losses/reduction.js";
export { type SmoothL1Options, smoothL1 } from "./losses/smoothL1.js";
export { type TripletMarginOptions, tripletMargin } from "./losses/tripletMargin.js";
export * as metrics from "./metrics/index.js";
export { type AccumulateState, accumulate } from "./optimizers/accumulate.js";
export { type AdamOptions, type AdamState, adam } from "./optimizers/adam.js";
export { type AdamwOptions, adamw } from "./optimizers/adamw.js";
export { chain } from "./optimizers/chain.js";
export { clipByGlobalNorm, globalNorm } from "./optimizers/clipByGlobalNorm.js";
export { clipByValue } from "./optimizers/clipByValue.js";
export { type Ema, type EmaOptions, ema } from "./optimizers/ema.js";
export { type LionOptions, type LionState, lion } from "./optimizers/lion.js";
export {
  allFinite,
  type LossScale,
  type LossScaling,
  type LossScalingOptions,
  lossScaling,
} from "./optimizers/lossScaling.js";
export type { Mask } from "./optimizers/mask.js";
export type { GradientTransformation, LearningRate, Optimizer } from "./optimizers/optimizer.js";
export { type RmspropOptions, type RmspropState, rmsprop } from "./optimizers/rmsprop.js";
export { type SgdOptions, type SgdState, sgd } from "./optimizers/sgd.js";
export type { LikeParams, State } from "./optimizers/state.js";
export { type WeightDecayOptions, weightDecay } from "./optimizers/weightDecay.js";
export * as schedules from "./schedules/index.js";
export type { Schedule } from "./schedules/schedule.js";
export {
  type ExportStateDictOptions,
  exportStateDict,
  fromTorchLayout,
  type ImportStateDictOptions,
  importStateDict,
  type NameMap,
  toTorchLayout,
  type WriteStateDictOptions,
  writeStateDict,
} from "./stateDict.js";
export { type Summary, type SummaryOptions, type SummaryRow, summary } from "./summary.js";
export type { EarlyStoppingOptions } from "./training/earlyStopping.js";
export { fit } from "./training/fit.js";
export type { CheckpointOptions, FitOptions, FitResult } from "./training/fitOptions.js";
export type { Best, EpochRecord, Progress, UpdateRecord } from "./training/records.js";
export type { BatchValue } from "./training/trainingStep.js";
