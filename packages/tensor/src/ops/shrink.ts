import { expectDType, expectNumber } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, mul, sub, tanh } from "./arithmetic.js";
import { gt, le, lt } from "./comparison.js";
import { where } from "./where.js";

// What is small becomes 0; a NaN, which compares with nothing, stays.

/** x where |x| > lambda, 0 elsewhere: PyTorch's `hardshrink`. */
export function hardShrink(x: Tensor, lambda = 0.5): Tensor {
  expectDType("hardShrink", "x", x, "float");
  expectNumber("hardShrink", "lambda", lambda);
  return where(le(abs(x), lambda), 0, x);
}

/** x nearer to 0 by lambda, and 0 where |x| <= lambda: PyTorch's `softshrink`, the proximal map of lambda |x|. */
export function softShrink(x: Tensor, lambda = 0.5): Tensor {
  expectDType("softShrink", "x", x, "float");
  expectNumber("softShrink", "lambda", lambda);
  return where(gt(x, lambda), sub(x, lambda), where(lt(x, -lambda), add(x, lambda), mul(x, 0)));
}

/** x - tanh(x): PyTorch's `tanhshrink`. */
export function tanhShrink(x: Tensor): Tensor {
  expectDType("tanhShrink", "x", x, "float");
  return sub(x, tanh(x));
}
