import type { Tensor } from "../../tensor.js";
import { add, div, exp, maximum, mul, round, square, sub } from "../arithmetic.js";
import { lt } from "../comparison.js";
import { polynomial } from "../polynomial.js";
import { where } from "../where.js";
import { inSingle } from "./inSingle.js";

/** (1 + 2 x) erfcx(x) of (x - 3) / (x + 3) for x from 0 on (the form of Shepherd and Laframboise, 1981): a fit of relative error 3e-9. */
const fit = [
  7.57676389e-5, -9.29294911e-5, -0.000722398865, 0.00187598495, 0.00249527674, -0.0237643141, 0.068318136,
  -0.119275033, 0.129643857, -0.0475621857, -0.135621056, 1.25300801,
] as const;

/** exp(x^2): of x to four binary digits, whose square is exact, and of what is missing. */
function exponentialOfSquare(x: Tensor): Tensor {
  const coarse = mul(round(mul(x, 16)), 1 / 16);
  return mul(exp(square(coarse)), exp(mul(sub(x, coarse), add(x, coarse))));
}

/** exp(x^2) erfc(x), which keeps its digits where erfc underflows: PyTorch's `erfcx`. Infinite below -9.4. */
export const erfcx = (x: Tensor): Tensor =>
  inSingle("erfcx", x, (y) => {
    const isNegative = lt(y, 0);
    const size = where(isNegative, sub(0, y), y);
    // 1 - 6 / (x + 3), which is 1 at infinity.
    const place = sub(1, div(6, add(size, 3)));
    const value = div(polynomial(place, fit), add(mul(size, 2), 1));
    // exp(100) is beyond f32; infinity is not apart from itself.
    const below = where(isNegative, maximum(y, -10), 0);
    return where(isNegative, sub(mul(exponentialOfSquare(below), 2), value), value);
  });
