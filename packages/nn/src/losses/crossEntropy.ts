import {
  add,
  cast,
  formatShape,
  isFloat,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  sum,
  type Tensor,
} from "@clidim/tensor";
import { type LossOptions, reduce } from "./reduction.js";

export interface CrossEntropyOptions extends LossOptions {
  /** This share of the probability is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Minus the log-probability of the target under softmax(logits), classes on the last axis. logits [..., C]; targets are class
 * indices [...] (i32 or u32) or probabilities [..., C]. "mean" is over samples: PyTorch's CrossEntropyLoss.
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  { labelSmoothing = 0, reduction = "mean" }: CrossEntropyOptions = {},
): Tensor {
  const expected = isFloat(target.dtype) ? logits.shape : logits.shape.slice(0, -1);
  if (formatShape(target.shape) !== formatShape(expected)) {
    throw new Error(
      `crossEntropy: for logits ${formatShape(logits.shape)}, expected ${isFloat(target.dtype) ? "probabilities" : "class indices"} of shape ${formatShape(expected)}, got ${formatShape(target.shape)}`,
    );
  }
  const logProbabilities = logSoftmax(logits, -1);
  const probabilities = isFloat(target.dtype)
    ? target
    : cast(oneHot(target, logits.shape.at(-1)!), logits.dtype);
  const perSample = neg(sum(mul(logProbabilities, probabilities), [-1]));
  if (labelSmoothing === 0) return reduce(perSample, reduction);
  const even = neg(mean(logProbabilities, [-1]));
  return reduce(add(mul(perSample, 1 - labelSmoothing), mul(even, labelSmoothing)), reduction);
}
