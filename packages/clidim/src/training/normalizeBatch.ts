import { add, div, max, maximum, min, minimum, mul, sub, type Tensor } from "@clidim/tensor";
import type { NormalizationChoice } from "../config/configuration.js";

/** Noisy crops and what they should look like, f32 [N, H, W, 1] each, in network values. */
export type TrainingBatch = { readonly noisy: Tensor; readonly clean: Tensor };

/**
 * The batch as the networks see it. For `scope: "batch"` both images are mapped by (x - low) / (high - low) * 2 - 1 with the minimum and
 * the maximum over the whole batch, noisy and clean together, as the released training code does; it does not
 * matter which affine map they went through before. Otherwise they come normalised already.
 */
export function normalizeBatch(
  normalization: NormalizationChoice,
  { noisy, clean }: TrainingBatch,
): TrainingBatch {
  if (normalization.mode !== "minmax" || normalization.scope !== "batch") return { noisy, clean };
  const low = minimum(min(noisy), min(clean));
  const high = maximum(max(noisy), max(clean));
  // A batch without contrast becomes -1 instead of NaN.
  const scale = div(2, maximum(sub(high, low), 1e-20));
  const map = (x: Tensor): Tensor => add(mul(sub(x, low), scale), -1);
  return { noisy: map(noisy), clean: map(clean) };
}
