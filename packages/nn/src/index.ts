export type { Extents1d, Extents2d, Extents3d } from "@clidim/tensor";
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
  LikeOf,
  None,
  Observation,
  ParamsOf,
  ShapesOf,
  StatsOf,
  Variables,
  VariablesOf,
} from "./layer.js";
export type { Affine } from "./layers/affine.js";
export type { BatchNormStats } from "./layers/batchNorm.js";
export { call, type WithoutStatistics } from "./layers/call.js";
export { child } from "./layers/child.js";
export type { Layers, ParamsOfEach, StatsOfEach } from "./layers/children.js";
export type { Padding, Pair } from "./layers/conv2d.js";
export type { Triple } from "./layers/conv3d.js";
export type { PaddingMode } from "./layers/convolutionLayer.js";
export type { LayerTree, ParamsOfTree, Part, Parts, StatsOfTree } from "./layers/custom.js";
export type { EmbeddingParams } from "./layers/embedding.js";
export type { Bags, EmbeddingBag } from "./layers/embeddingBag.js";
export * as layers from "./layers/index.js";
export type { KeyValueCache } from "./layers/keyValueCache.js";
export type { LstmState } from "./layers/lstm.js";
export type {
  AttentionInputs,
  MultiHeadAttention,
  MultiHeadAttentionParams,
} from "./layers/multiHeadAttention.js";
export type {
  Recurrent,
  RecurrentCellParams,
  RecurrentInputs,
  RecurrentParams,
  RecurrentState,
} from "./layers/recurrentLayer.js";
export type { ResidualParts } from "./layers/residual.js";
export {
  type RotaryEmbeddingOptions,
  type RotaryOptions,
  rotaryEmbedding,
} from "./layers/rotaryEmbedding.js";
export { type AttentionOptions, scaledDotProductAttention } from "./layers/scaledDotProductAttention.js";
export type { SkipParts } from "./layers/skip.js";
export type { WeightAndBias } from "./layers/weights.js";
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
export { type DataParallel, type DataParallelOptions, dataParallel } from "./training/dataParallel.js";
export type { EarlyStoppingOptions } from "./training/earlyStopping.js";
export { fit } from "./training/fit.js";
export type { CheckpointOptions, FitOptions, FitResult } from "./training/fitOptions.js";
export type { Best, EpochRecord, Progress, UpdateRecord } from "./training/records.js";
export type { BatchValue } from "./training/trainingStep.js";
