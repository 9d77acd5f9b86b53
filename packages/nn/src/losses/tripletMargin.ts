import { add, minimum, sub, type Tensor } from "@clidim/tensor";
import { aboveZero, atLeastZero, checkOptions, flag } from "../checkOptions.js";
import { clampMin } from "./clampMin.js";
import { type PairwiseDistanceOptions, pairwiseDistance } from "./distances.js";
import { checkFeatures, checkSameFloats } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface TripletMarginOptions extends LossOptions, PairwiseDistanceOptions {
  /** How much farther the negative has to be. Default 1. */
  readonly margin?: number;
  /** The distance of the negative is the lesser of those to anchor and positive. Default false. */
  readonly swap?: boolean;
}

/**
 * max(|anchor - positive| - |anchor - negative| + margin, 0), distances along the last axis, [..., D] each: PyTorch's TripletMarginLoss.
 */
export function tripletMargin(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  const op = "tripletMargin";
  checkOptions(op, options, {
    ...lossOptions,
    margin: atLeastZero,
    p: aboveZero,
    epsilon: atLeastZero,
    swap: flag,
  });
  checkSameFloats(op, { anchor, positive, negative });
  checkFeatures(op, "anchor", anchor, "[...,D]");
  const { margin = 1, p = 2, epsilon = 1e-6, swap = false, reduction = "mean" } = options;
  const distance = (a: Tensor, b: Tensor): Tensor => pairwiseDistance(a, b, { p, epsilon });
  const far = distance(anchor, negative);
  const away = swap ? minimum(far, distance(positive, negative)) : far;
  return reduce(clampMin(add(sub(distance(anchor, positive), away), margin)), reduction);
}
