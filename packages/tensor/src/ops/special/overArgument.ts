import type { Tensor } from "../../tensor.js";
import { div } from "../arithmetic.js";
import { eq } from "../comparison.js";
import { where } from "../where.js";

/** f(x) / x, and 1/2 at 0, for the Bessel functions of order 1 that have this derivative there. */
export function overArgument(x: Tensor, value: Tensor): Tensor {
  const isZero = eq(x, 0);
  return where(isZero, 0.5, div(value, where(isZero, 1, x)));
}
