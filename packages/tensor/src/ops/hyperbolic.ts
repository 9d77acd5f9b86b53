import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, div, exp, expm1, log, mul, neg, sqrt, square, sub } from "./arithmetic.js";
import { gt, lt } from "./comparison.js";
import { log1p } from "./log1p.js";
import { where } from "./where.js";

/** exp(x) / 2, which is finite as long as it is in range, though exp(x) may not be. */
function halfExp(x: Tensor): Tensor {
  const root = exp(mul(x, 0.5));
  return mul(mul(root, 0.5), root);
}

/** (e^x - e^-x) / 2, which keeps its digits near 0. */
export function sinh(x: Tensor): Tensor {
  expectDType("sinh", "x", x, "float");
  const isSmall = lt(abs(x), 1);
  const e = expm1(where(isSmall, x, 0));
  const near = mul(add(e, div(e, add(e, 1))), 0.5);
  return where(isSmall, near, sub(halfExp(x), halfExp(neg(x))));
}

/** (e^x + e^-x) / 2. */
export function cosh(x: Tensor): Tensor {
  expectDType("cosh", "x", x, "float");
  return add(halfExp(x), halfExp(neg(x)));
}

/** Beyond it, the inverses of sinh and cosh are log(2 x) to f32's precision, and x^2 is in the way of their formulas. */
const far = 4096;

/** `near` up to `far`, log(2 x) beyond. */
function upToFar(x: Tensor, near: (x: Tensor) => Tensor): Tensor {
  const isFar = gt(x, far);
  return where(isFar, add(log(where(isFar, x, 1)), Math.LN2), near(where(isFar, 1, x)));
}

/** The number whose sinh is x: log(x + sqrt(x^2 + 1)), which keeps its digits near 0. */
export function asinh(x: Tensor): Tensor {
  expectDType("asinh", "x", x, "float");
  const isNegative = lt(x, 0);
  const magnitude = where(isNegative, neg(x), x);
  // x + sqrt(x^2 + 1) - 1 = x + x^2 / (1 + sqrt(x^2 + 1))
  const y = upToFar(magnitude, (a) => log1p(add(a, div(square(a), add(1, sqrt(add(square(a), 1)))))));
  return where(isNegative, neg(y), y);
}

/** The number from 0 on whose cosh is x: log(x + sqrt(x^2 - 1)), NaN below 1; its derivative at 1 is infinite. */
export function acosh(x: Tensor): Tensor {
  expectDType("acosh", "x", x, "float");
  return upToFar(x, (y) => {
    const t = sub(y, 1);
    // The product of roots has its derivative at 1.
    return log1p(add(t, mul(sqrt(t), sqrt(add(y, 1)))));
  });
}

/** The number whose tanh is x: (log(1 + x) - log(1 - x)) / 2, infinite at -1 and 1, NaN beyond; it keeps its digits near 0. */
export function atanh(x: Tensor): Tensor {
  expectDType("atanh", "x", x, "float");
  return mul(sub(log1p(x), log1p(neg(x))), 0.5);
}
