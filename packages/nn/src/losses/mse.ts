import { square, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import { checkTarget, type LossOptions, lossOptions, reduce } from "./reduction.js";

/** (output - target)^2. */
export function mse(output: Tensor, target: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions("mse", options, lossOptions);
  checkTarget("mse", output, target);
  return reduce(square(sub(output, target)), options.reduction ?? "mean");
}
