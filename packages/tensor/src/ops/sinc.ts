import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, cos, div, mul, sin, square, sub } from "./arithmetic.js";
import { eq, lt } from "./comparison.js";
import { polynomial } from "./polynomial.js";
import { withDerivative } from "./special/withDerivative.js";
import { where } from "./where.js";

/** Of sinc'(x) = sum of (-1)^k 2k pi^2k x^(2k-1) / (2k+1)! over k >= 1, highest first, as a polynomial of x^2 times x: up to 1/2, the first that is left out is 5e-12. */
const series = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((k) => {
  const factorial = Array.from({ length: 2 * k + 1 }, (_, i) => i + 1).reduce((a, b) => a * b);
  return ((-1) ** k * 2 * k * Math.PI ** (2 * k)) / factorial;
}) as [number, number, ...number[]];

/** (cos(pi x) - sinc(x)) / x, and near 0, where that loses digits, its series. */
function derivative(x: Tensor): Tensor {
  const isNear = lt(abs(x), 0.5);
  const [near, far] = [where(isNear, x, 0), where(isNear, 1, x)];
  const close = mul(near, polynomial(square(near), series));
  return where(isNear, close, div(sub(cos(mul(far, Math.PI)), value(far)), far));
}

function value(x: Tensor): Tensor {
  const isZero = eq(x, 0);
  const turned = mul(where(isZero, 1, x), Math.PI);
  return where(isZero, 1, div(sin(turned), turned));
}

/** sin(pi x) / (pi x), and 1 at 0: NumPy's and PyTorch's `sinc`. */
export function sinc(x: Tensor): Tensor {
  expectDType("sinc", "x", x, "float");
  return withDerivative("sinc", x, value(x), derivative);
}
