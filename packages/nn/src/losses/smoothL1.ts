import { abs, mul, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { atLeastZero, checkOptions } from "../checkOptions.js";
import { huber } from "./huber.js";
import { checkTarget, type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface SmoothL1Options extends LossOptions {
  /** Where the parabola becomes a line; 0 is `l1`. Default 1. */
  readonly beta?: number;
}

/** d^2 / (2 beta) where d = |output - target| < beta, d - beta / 2 beyond: PyTorch's SmoothL1Loss, which is huber over beta. */
export function smoothL1(output: Tensor, target: TensorLike, options: SmoothL1Options = {}): Tensor {
  checkOptions("smoothL1", options, { ...lossOptions, beta: atLeastZero });
  const { beta = 1, reduction = "mean" } = options;
  checkTarget("smoothL1", output, target);
  if (beta === 0) return reduce(abs(sub(output, target)), reduction);
  return mul(huber(output, target, { delta: beta, reduction }), 1 / beta);
}
