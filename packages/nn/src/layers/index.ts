export type { AvgPoolOptions, MaxPoolOptions, PoolOptions } from "@clidim/tensor";
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
} from "./activations.js";
export {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
} from "./adaptivePool.js";
export type { AffineOptions } from "./affine.js";
export { avgPool1d, avgPool2d, avgPool3d } from "./avgPool.js";
export { type BatchNormOptions, batchNorm } from "./batchNorm.js";
export { dropout1d, dropout2d, dropout3d } from "./channelDropout.js";
export { type Conv1dOptions, conv1d } from "./conv1d.js";
export { type Conv2dOptions, conv2d } from "./conv2d.js";
export { type Conv3dOptions, conv3d } from "./conv3d.js";
export { type ConvTranspose1dOptions, convTranspose1d } from "./convTranspose1d.js";
export { type ConvTranspose2dOptions, convTranspose2d } from "./convTranspose2d.js";
export { type ConvTranspose3dOptions, convTranspose3d } from "./convTranspose3d.js";
export { custom } from "./custom.js";
export { type DepthwiseConv2dOptions, depthwiseConv2d } from "./depthwiseConv2d.js";
export { dropout } from "./dropout.js";
export { type EmbeddingOptions, embedding } from "./embedding.js";
export { type EmbeddingBagOptions, embeddingBag } from "./embeddingBag.js";
export { flatten } from "./flatten.js";
export { globalAvgPool2d } from "./globalAvgPool2d.js";
export { type GroupNormOptions, groupNorm } from "./groupNorm.js";
export { gru } from "./gru.js";
export { identity } from "./identity.js";
export { type InstanceNormOptions, instanceNorm } from "./instanceNorm.js";
export { lambda } from "./lambda.js";
export { type LayerNormOptions, layerNorm } from "./layerNorm.js";
export { type LinearOptions, linear } from "./linear.js";
export { lstm } from "./lstm.js";
export { maxPool1d, maxPool2d, maxPool3d } from "./maxPool.js";
export { type MultiHeadAttentionOptions, multiHeadAttention } from "./multiHeadAttention.js";
export { type ParallelOptions, parallel } from "./parallel.js";
export { pixelShuffle, pixelUnshuffle } from "./pixelShuffle.js";
export type { RecurrentOptions } from "./recurrentLayer.js";
export { residual } from "./residual.js";
export { type RmsNormOptions, rmsNorm } from "./rmsNorm.js";
export { type RnnOptions, rnn } from "./rnn.js";
export { sequential } from "./sequential.js";
export { type SinusoidalEncodingOptions, sinusoidalEncoding } from "./sinusoidalEncoding.js";
export { skip } from "./skip.js";
export { type Upsample2dOptions, upsample2d } from "./upsample2d.js";
export type { WeightOptions } from "./weights.js";
