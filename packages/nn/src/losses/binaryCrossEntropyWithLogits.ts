import { add, exp, gt, log1p, mul, neg, sub, type Tensor, type TensorLike, where } from "@clidim/tensor";
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
  // By selection rather than |z|: one branch is smooth at 0, so that derivatives of every order are right there.
  const positive = gt(logits, 0);
  const linear = sub(where(positive, logits, 0), mul(logits, target));
  return reduce(add(linear, log1p(exp(where(positive, neg(logits), logits)))), reduction);
}
