import { isFloat } from "../dtype.js";
import { expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { isnan } from "./classification.js";
import { gt, lt } from "./comparison.js";
import { onesLike } from "./creation.js";
import { or } from "./logic.js";
import { expectTensorLike, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** Where a limit is passed, or is a NaN, which compares with nothing. */
function orNaN(passed: Tensor, limit: TensorLike): Tensor {
  if (typeof limit === "number") return Number.isNaN(limit) ? onesLike(passed) : passed;
  return isFloat(limit.dtype) ? or(passed, isnan(limit)) : passed;
}

/**
 * `x` limited to [low, high]; the gradient of x is 1 within the limits and on them, as PyTorch's clamp has it. NaN where x or a limit is.
 */
export const clip = (x: Tensor, low: TensorLike, high: TensorLike): Tensor => {
  expectTensor("clip", "x", x);
  for (const [name, limit] of [["low", low] as const, ["high", high] as const]) {
    expectTensorLike("clip", name, limit, "; for one limit use maximum or minimum");
  }
  const raised = where(orNaN(lt(x, low), low), low, x);
  return where(orNaN(gt(raised, high), high), high, raised);
};
