import {
  add,
  chunk,
  concat,
  div,
  max,
  maximum,
  min,
  minimum,
  mul,
  square,
  sub,
  type Tensor,
} from "@clidim/tensor";
import type { NormalizationChoice } from "../config/configuration.js";

/** Noisy crops and what they should look like, f32 [N, H, W, 1] each, in network values. */
export type TrainingBatch = {
  readonly noisy: Tensor;
  readonly clean: Tensor;
  /** Other captures of the same crops, where `contrastive.captures` asks for them; the same ones where a scene has one capture. */
  readonly capture?: Tensor;
  /** Where the crops come from, for a contrastive term that looks at it: scene numbers i32 [N]. */
  readonly scenes?: Tensor;
  /** First row and column of each crop in its scene, i32 [N, 2]. */
  readonly corners?: Tensor;
  /**
   * Noise of the pages that the crops and their other captures come from, where views add to it: f32 [2, N, 2], gain and offset of the variance in network
   * values (see `estimateNoise`).
   */
  readonly noise?: Tensor;
  /** The bins of their noise levels, where these are the labels: i32 [2, N]. */
  readonly levels?: Tensor;
};

/**
 * The batch as the networks see it. For `scope: "batch"` all images are mapped by (x - low) / (high - low) * 2 - 1 with the minimum and
 * the maximum over the whole batch, noisy and clean together, as the released training code does; it does not
 * matter which affine map they went through before. Otherwise they come normalised already.
 */
export function normalizeBatch(normalization: NormalizationChoice, batch: TrainingBatch): TrainingBatch {
  if (normalization.mode !== "minmax" || normalization.scope !== "batch") return batch;
  const { noisy, clean, capture, noise } = batch;
  const low = minimum(min(noisy), min(clean));
  const high = maximum(max(noisy), max(clean));
  // A batch without contrast becomes -1 instead of NaN.
  const scale = div(2, maximum(sub(high, low), 1e-20));
  const map = (x: Tensor): Tensor => add(mul(sub(x, low), scale), -1);
  /** Of y = a x + b, the variance is a gain y + a^2 offset - a b gain; here b = -a low - 1. */
  const mapNoise = (models: Tensor): Tensor => {
    const [gain, offset] = chunk(models, 2, -1) as [Tensor, Tensor]; // in two
    const b = sub(-1, mul(scale, low));
    const scaledGain = mul(scale, gain);
    return concat([scaledGain, sub(mul(square(scale), offset), mul(scaledGain, b))], -1);
  };
  return {
    ...batch,
    noisy: map(noisy),
    clean: map(clean),
    ...(capture && { capture: map(capture) }),
    ...(noise && { noise: mapNoise(noise) }),
  };
}
