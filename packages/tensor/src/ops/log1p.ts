import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, div, log, mul, square } from "./arithmetic.js";
import { lt } from "./comparison.js";
import { polynomial } from "./polynomial.js";
import { where } from "./where.js";

/**
 * log(1 + x), accurate for small |x| too: below 1/4 by log(1 + x) = 2 artanh(x / (2 + x)) as a series, whose first neglected term
 * is 3e-13 of the result: in float64, derivatives do not jump at 1/4 by what differences see.
 */
export function log1p(x: Tensor): Tensor {
  expectDType("log1p", "x", x, "float");
  const small = lt(abs(x), 0.25);
  // Where the series is not used, this keeps its derivative finite.
  const near = where(small, x, 0);
  const s = div(near, add(near, 2));
  const series = polynomial(square(s), [1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3, 1]);
  return where(small, mul(mul(s, series), 2), log(add(x, 1)));
}
