import {
  add,
  broadcastTo,
  exp,
  formatShape,
  gt,
  log1p,
  mul,
  neg,
  sub,
  type Tensor,
  type TensorLike,
  where,
} from "@clidim/tensor";
import { atLeastZero, checkOptions, either, tensorOption } from "../checkOptions.js";
import { checkTarget, type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Weight of the positives, broadcastable to the logits: one number per class on the last axis, or one for all. Default 1. */
  readonly posWeight?: TensorLike;
}

/**
 * -t log(sigmoid(z)) - (1 - t) log(1 - sigmoid(z)) for logits z and targets t in [0, 1] (a number stands for all), in the form
 * max(z, 0) - t z + log(1 + exp(-|z|)) that neither overflows nor cancels: PyTorch's BCEWithLogitsLoss. `posWeight` multiplies the
 * first term.
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: TensorLike,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const op = "binaryCrossEntropyWithLogits";
  checkOptions(op, options, { ...lossOptions, posWeight: either(atLeastZero, tensorOption) });
  const { posWeight = 1, reduction = "mean" } = options;
  checkTarget(op, logits, target);
  // By selection rather than |z|: one branch is smooth at 0, so that derivatives of every order are right there.
  const positive = gt(logits, 0);
  const logarithm = log1p(exp(where(positive, neg(logits), logits)));
  if (posWeight === 1) {
    return reduce(add(sub(where(positive, logits, 0), mul(logits, target)), logarithm), reduction);
  }
  // (1 - t) z + (1 + (p - 1) t) log(1 + exp(-z)), the logarithm as max(-z, 0) + log(1 + exp(-|z|)).
  const excess = mul(sub(weightOf(posWeight, logits), 1), target);
  const softplus = add(where(positive, 0, neg(logits)), logarithm);
  return reduce(add(sub(logits, mul(logits, target)), mul(add(excess, 1), softplus)), reduction);
}

function weightOf(posWeight: TensorLike, logits: Tensor): TensorLike {
  if (typeof posWeight === "number") return posWeight;
  const { shape } = posWeight;
  const from = logits.shape.length - shape.length;
  if (from < 0 || shape.some((extent, axis) => extent !== 1 && extent !== logits.shape[from + axis])) {
    throw new Error(
      `binaryCrossEntropyWithLogits: posWeight ${formatShape(shape)} does not stretch to logits ${formatShape(logits.shape)}; pass one weight per class`,
    );
  }
  return broadcastTo(posWeight, logits.shape);
}
