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
import type { TrainingBatch } from "../protocol/batch.js";
import type { NormalizationChoice } from "../protocol/runConfiguration.js";

/**
 * The batch as the networks see it. For `scope: "batch"` all images are mapped by (x - low) / (high - low) * 2 - 1 with the minimum and
 * the maximum over the whole batch, noisy and clean together, as the released training code does; it does not
 * matter which affine map they went through before. Otherwise they come normalised already.
 */
export function normalizeBatch(normalization: NormalizationChoice, batch: TrainingBatch): TrainingBatch {
  if (normalization.mode !== "minmax" || normalization.scope !== "batch") return batch;
  const { noisy, clean, capture, noise } = batch;
  const low = clean ? minimum(min(noisy), min(clean)) : min(noisy);
  const high = clean ? maximum(max(noisy), max(clean)) : max(noisy);
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
    ...(clean && { clean: map(clean) }),
    ...(capture && { capture: map(capture) }),
    ...(noise && { noise: mapNoise(noise) }),
  };
}
