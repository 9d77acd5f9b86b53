import { expectDType, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { add, div, log, mul, neg, reciprocal, sub } from "../arithmetic.js";
import { isnan } from "../classification.js";
import { clip } from "../clip.js";
import { eq, le, lt } from "../comparison.js";
import { log1p } from "../log1p.js";
import { and, not, or } from "../logic.js";
import { broadcastOperands, type TensorLike } from "../tensorLike.js";
import { where } from "../where.js";
import { inSingle } from "./inSingle.js";
import { withDerivative } from "./withDerivative.js";

/** log(x / (1 - x)), the inverse of `sigmoid`: PyTorch's, SciPy's and JAX's `logit`. NaN outside of [0, 1], unless `eps` limits it. */
export function logit(x: Tensor, eps?: number): Tensor {
  if (eps !== undefined && !(typeof eps === "number" && eps >= 0 && eps <= 0.5)) {
    throw new Error(`logit: eps must be a number from 0 to 1/2, got ${show(eps)}`);
  }
  return inSingle("logit", x, (y) => {
    const inside = eps === undefined ? y : clip(y, eps, 1 - eps);
    return withDerivative("logit", inside, log(div(inside, sub(1, inside))), (own, value) =>
      where(isnan(value), Number.NaN, reciprocal(mul(own, sub(1, own)))),
    );
  });
}

/** x times a logarithm of y, 0 where x is 0 and the logarithm is not finite for another reason than a NaN. */
function timesLogarithm(
  op: string,
  x: TensorLike,
  y: TensorLike,
  logarithm: (y: Tensor) => Tensor,
  pole: number,
): Tensor {
  const [a, b] = broadcastOperands(op, [x, y]);
  expectDType(op, "x", a, "float");
  expectDType(op, "y", b, "float");
  const isOutside = and(not(isnan(b)), or(le(b, pole), eq(b, Number.POSITIVE_INFINITY)));
  const isNone = and(eq(a, 0), isOutside);
  return where(and(isNone, not(isnan(a))), 0, mul(a, logarithm(where(isNone, 1, b))));
}

/** x log(y), 0 where x is 0 whatever number y is: PyTorch's, SciPy's and JAX's `xlogy`. */
export const xlogy = (x: TensorLike, y: TensorLike): Tensor => timesLogarithm("xlogy", x, y, log, 0);

/** x log(1 + y), 0 where x is 0 whatever number y is: PyTorch's, SciPy's and JAX's `xlog1py`. */
export const xlog1py = (x: TensorLike, y: TensorLike): Tensor => timesLogarithm("xlog1py", x, y, log1p, -1);

/** -x log(x), the terms of an entropy, 0 at 0 and -infinity below: PyTorch's and SciPy's `entr`. Its derivative at 0 is infinite. */
export const entr = (x: Tensor): Tensor =>
  inSingle("entr", x, (y) => {
    const isZero = eq(y, 0);
    const isOutside = and(not(isnan(y)), or(isZero, lt(y, 0)));
    const value = neg(mul(y, log(where(isOutside, 1, y))));
    const least = where(isZero, 0, Number.NEGATIVE_INFINITY);
    return withDerivative("entr", y, where(isOutside, least, value), (own) => neg(add(log(own), 1)));
  });
