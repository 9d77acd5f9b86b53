import { isFloat } from "../dtype.js";
import { expectDType } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { full } from "./creation.js";

// By the bits on a device, where a comparison of floats may be compiled as if there were no NaN and no infinity.

function classify(op: "isnan" | "isinf" | "isfinite", x: Tensor): Tensor {
  expectDType(op, "x", x, "any");
  // Integers and bools are finite.
  return isFloat(x.dtype) ? apply(op, [x], {}) : full(x.shape, op === "isfinite" ? 1 : 0, "bool");
}

/** Whether x is NaN (bool). */
export const isnan = (x: Tensor): Tensor => classify("isnan", x);
/** Whether x is infinite, with either sign (bool). */
export const isinf = (x: Tensor): Tensor => classify("isinf", x);
/** Whether x is neither infinite nor NaN (bool). */
export const isfinite = (x: Tensor): Tensor => classify("isfinite", x);
