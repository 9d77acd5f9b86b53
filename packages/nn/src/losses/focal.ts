import { add, gt, mul, pow, sigmoid, sub, type Tensor, where } from "@clidim/tensor";
import { accepted, atLeastZero, checkOptions } from "../checkOptions.js";
import { binaryCrossEntropyWithLogits } from "./binaryCrossEntropyWithLogits.js";
import { checkSameFloats } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface FocalOptions extends LossOptions {
  /** Weight of the positives, the negatives having 1 - alpha; false gives both the weight 1. Default 0.25. */
  readonly alpha?: number | false;
  /** How little those count that are right already; 0 is `binaryCrossEntropyWithLogits`. Default 2. */
  readonly gamma?: number;
}

const share = accepted(
  "a number from 0 to 1, or false",
  (value) => value === false || (typeof value === "number" && value >= 0 && value <= 1),
);

/**
 * (1 - p_t)^gamma times the cross entropy of logits and targets in [0, 1], p_t being the probability of the target: torchvision's
 * sigmoid_focal_loss (Lin et al., Focal loss for dense object detection, eq. 5).
 */
export function focal(logits: Tensor, target: Tensor, options: FocalOptions = {}): Tensor {
  const op = "focal";
  checkOptions(op, options, { ...lossOptions, alpha: share, gamma: atLeastZero });
  checkSameFloats(op, { logits, target });
  const { alpha = 0.25, gamma = 2, reduction = "mean" } = options;
  const p = sigmoid(logits);
  // 1 - p t - (1 - p) (1 - t)
  const wrong = sub(add(p, target), mul(mul(p, target), 2));
  const entropy = binaryCrossEntropyWithLogits(logits, target, { reduction: "none" });
  // Below 1, the power has no slope at 0 that could be multiplied.
  const isWrong = gt(wrong, 0);
  const power = where(isWrong, pow(where(isWrong, wrong, 1), gamma), 0);
  const loss = gamma === 0 ? entropy : mul(entropy, power);
  if (alpha === false) return reduce(loss, reduction);
  return reduce(mul(loss, add(mul(target, 2 * alpha - 1), 1 - alpha)), reduction);
}
