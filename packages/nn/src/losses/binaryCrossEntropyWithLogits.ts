import { abs, add, exp, log1p, mul, neg, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { checkTarget, type LossOptions, reduce } from "./reduction.js";

/**
 * -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)) for logits z and targets t in [0, 1] (a number stands for all), in the form
 * max(z, 0) - t z + log(1 + exp(-|z|)) that neither overflows nor cancels: PyTorch's BCEWithLogitsLoss.
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: TensorLike,
  { reduction = "mean" }: LossOptions = {},
): Tensor {
  checkTarget("binaryCrossEntropyWithLogits", logits, target);
  const magnitude = abs(logits);
  // (z + |z|) / 2 is max(z, 0) with derivative 1/2 at 0, which makes the whole gradient sigmoid(z) - t there too.
  const positive = mul(add(logits, magnitude), 0.5);
  return reduce(add(sub(positive, mul(logits, target)), log1p(exp(neg(magnitude)))), reduction);
}
