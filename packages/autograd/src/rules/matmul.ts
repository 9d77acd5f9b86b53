import { apply, swapAxes } from "@clidim/tensor";
import { binary, type VjpRule } from "./rule.js";

/** y = a b: the gradients are g b^T and a^T g; the primitive's batch dimensions are equal, so nothing is summed over them. */
export const matmul: VjpRule<"matmul"> = binary(
  (g, _a, b) => apply("matmul", [g, swapAxes(b, -2, -1)], {}),
  (g, a) => apply("matmul", [swapAxes(a, -2, -1), g], {}),
);
