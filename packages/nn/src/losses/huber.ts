import { clip, mul, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { aboveZero, checkOptions } from "../checkOptions.js";
import { checkTarget, type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface HuberOptions extends LossOptions {
  /** Where the parabola becomes a line. Default 1. */
  readonly delta?: number;
}

/** d^2 / 2 where d = |output - target| < delta, delta (d - delta / 2) beyond: PyTorch's HuberLoss. */
export function huber(output: Tensor, target: TensorLike, options: HuberOptions = {}): Tensor {
  checkOptions("huber", options, { ...lossOptions, delta: aboveZero });
  const { delta = 1, reduction = "mean" } = options;
  checkTarget("huber", output, target);
  const difference = sub(output, target);
  // near (difference - near / 2) is both branches, and smooth at 0, so that the second derivative is 1 there.
  const near = clip(difference, -delta, delta);
  return reduce(mul(near, sub(difference, mul(near, 0.5))), reduction);
}
