import { isFloat } from "../dtype.js";
import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { reciprocal } from "./arithmetic.js";
import { eq, lt } from "./comparison.js";
import { stopGradient } from "./control.js";
import { where } from "./where.js";

/** Whether x is negative, or the zero -0: NumPy's and PyTorch's `signbit`. A NaN counts as positive. */
export function signbit(x: Tensor): Tensor {
  expectDType("signbit", "x", x, "numeric");
  if (!isFloat(x.dtype)) return lt(x, 0);
  const known = stopGradient(x);
  // 1 / -0 is -infinity.
  return lt(where(eq(known, 0), reciprocal(known), known), 0);
}
