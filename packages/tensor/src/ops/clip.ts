import { expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { gt, lt } from "./comparison.js";
import { expectTensorLike, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** `x` limited to [low, high]; the gradient of x is 1 within the limits and on them, as PyTorch's clamp has it. */
export const clip = (x: Tensor, low: TensorLike, high: TensorLike): Tensor => {
  expectTensor("clip", "x", x);
  for (const [name, limit] of [["low", low] as const, ["high", high] as const]) {
    expectTensorLike("clip", name, limit, "; for one limit use maximum or minimum");
  }
  const raised = where(lt(x, low), low, x);
  return where(gt(raised, high), high, raised);
};
