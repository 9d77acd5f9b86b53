import { square, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { checkTarget, type LossOptions, reduce } from "./reduction.js";

/** (output - target)^2. */
export function mse(output: Tensor, target: TensorLike, { reduction = "mean" }: LossOptions = {}): Tensor {
  checkTarget("mse", output, target);
  return reduce(square(sub(output, target)), reduction);
}
