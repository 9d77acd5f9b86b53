import { abs, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import { checkTarget, type LossOptions, lossOptions, reduce } from "./reduction.js";

/** |output - target|. */
export function l1(output: Tensor, target: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions("l1", options, lossOptions);
  checkTarget("l1", output, target);
  return reduce(abs(sub(output, target)), options.reduction ?? "mean");
}
