import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { div, mul, sin } from "./arithmetic.js";
import { eq } from "./comparison.js";
import { where } from "./where.js";

/** sin(pi x) / (pi x), and 1 at 0: NumPy's and PyTorch's `sinc`. */
export function sinc(x: Tensor): Tensor {
  expectDType("sinc", "x", x, "float");
  const isZero = eq(x, 0);
  const turned = mul(where(isZero, 1, x), Math.PI);
  return where(isZero, 1, div(sin(turned), turned));
}
