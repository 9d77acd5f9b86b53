import { abs, sub, type Tensor, type TensorLike } from "@clidim/tensor";
import { checkTarget, type LossOptions, reduce } from "./reduction.js";

/** |output - target|. */
export function l1(output: Tensor, target: TensorLike, { reduction = "mean" }: LossOptions = {}): Tensor {
  checkTarget("l1", output, target);
  return reduce(abs(sub(output, target)), reduction);
}
