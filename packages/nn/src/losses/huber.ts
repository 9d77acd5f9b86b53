import { abs, minimum, mul, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { checkTarget, type LossOptions, reduce } from "./reduction.js";

export interface HuberOptions extends LossOptions {
  /** Where the parabola becomes a line. Default 1. */
  readonly delta?: number;
}

/** d^2 / 2 where d = |output - target| < delta, delta (d - delta / 2) beyond: PyTorch's HuberLoss. */
export function huber(
  output: Tensor,
  target: TensorLike,
  { delta = 1, reduction = "mean" }: HuberOptions = {},
): Tensor {
  checkTarget("huber", output, target);
  const distance = abs(sub(output, target));
  const near = minimum(distance, delta);
  // near (d - near / 2) is both branches.
  return reduce(mul(near, sub(distance, mul(near, 0.5))), reduction);
}
