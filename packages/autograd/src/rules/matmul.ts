import { apply, type Tensor, transpose } from "@clidim/tensor";
import { binary, type VjpRule } from "./rule.js";

/** Swaps the last two axes. */
function transposed(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}

/** y = a b: the gradients are g b^T and a^T g; the primitive's batch dimensions are equal, so nothing is summed over them. */
export const matmul: VjpRule<"matmul"> = binary(
  (g, _a, b) => apply("matmul", [g, transposed(b)], {}),
  (g, a) => apply("matmul", [transposed(a), g], {}),
);
