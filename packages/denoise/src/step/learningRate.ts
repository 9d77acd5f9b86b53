import { div, maximum, mul, sub, type Tensor } from "@clidim/tensor";

/**
 * The learning rate at `update` (f32 scalar, updates already done): lr for the first c = round(constantRate * updates), then
 * lr (1 - (update - c) / (updates - c + 1)), which nears 0 at the end without reaching it, as linear rules do per epoch.
 */
export function learningRateAt(
  {
    learningRate,
    updates,
    constantRate,
  }: { readonly learningRate: number; readonly updates: number; readonly constantRate: number },
  update: Tensor,
): Tensor {
  const constant = Math.round(constantRate * updates);
  const decayed = div(maximum(sub(update, constant), 0), updates - constant + 1);
  return mul(maximum(sub(1, decayed), 0), learningRate);
}
