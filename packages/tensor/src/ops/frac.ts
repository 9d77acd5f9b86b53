import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { sub, trunc } from "./arithmetic.js";

/** What is left of x without its whole part, with the sign of x: PyTorch's `frac`. NaN of an infinity. */
export function frac(x: Tensor): Tensor {
  expectDType("frac", "x", x, "float");
  return sub(x, trunc(x));
}
