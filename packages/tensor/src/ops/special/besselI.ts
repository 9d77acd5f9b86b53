import type { Tensor } from "../../tensor.js";
import { abs, add, div, exp, minimum, mul, neg, sign, sqrt, square, sub } from "../arithmetic.js";
import { lt } from "../comparison.js";
import { polynomial } from "../polynomial.js";
import { where } from "../where.js";
import { inSingle } from "./inSingle.js";
import { overArgument } from "./overArgument.js";
import { withDerivative } from "./withDerivative.js";

/** Up to `split` polynomials of x^2, whose coefficients are positive, beyond it sqrt(x) exp(-x) I(x) as one of 1 / x. Fits of relative error 2e-9. */
const split = 8;
type Fit = readonly [number, number, ...number[]];

/** I0(x) of (x / 8)^2. */
const nearOfZero: Fit = [
  0.019777555, 0.0617006905, 0.55121392, 2.61776853, 10.5803604, 32.3591461, 72.8187027, 113.777657,
  113.777786, 64, 16, 1,
];
/** Of 8 / x. */
const farOfZero: Fit = [
  6.97344831e-6, -9.33169849e-6, 2.07884768e-5, 5.32209488e-5, 0.000438982534, 0.00623342721, 0.398942292,
];
/** I1(x) / x of (x / 8)^2. */
const nearOfOne: Fit = [
  0.00080099568, 0.0029197305, 0.0273148809, 0.145724893, 0.66105783, 2.31146717, 6.0681963, 11.3777714,
  14.2222223, 10.666667, 4, 0.5,
];
/** Of 8 / x. */
const farOfOne: Fit = [
  -7.92123137e-6, 1.03085486e-5, -2.52515656e-5, -7.55023866e-5, -0.000731279782, -0.0187003668, 0.398942292,
];

/** I0(x), or I1(x) / x, up to `split`, and sqrt(x) exp(-x) times I(x) beyond, of x from 0 on. */
function parts(x: Tensor, near: Fit, far: Fit): { isNear: Tensor; near: Tensor; far: Tensor } {
  const isNear = lt(x, split);
  return {
    isNear,
    near: polynomial(square(mul(where(isNear, x, 0), 1 / split)), near),
    far: polynomial(div(split, where(isNear, split, x)), far),
  };
}

/** Where exp(x / 2) is infinite in float64, and with it all that is made of it. */
const infinite = 1500;

/** Of order 0 or 1, with exp(-|x|) or without. */
function bessel(x: Tensor, order: 0 | 1, isScaled: boolean): Tensor {
  const size = abs(x);
  const { isNear, near, far } = parts(size, order ? nearOfOne : nearOfZero, order ? farOfOne : farOfZero);
  const close = order ? mul(near, x) : near;
  const root = sqrt(where(isNear, split, isScaled ? size : minimum(size, infinite)));
  const away = order ? mul(div(far, root), sign(x)) : div(far, root);
  if (isScaled) return where(isNear, mul(close, exp(neg(where(isNear, size, 0)))), away);
  // In two halves, as exp(x) is infinite before I(x) is.
  const half = exp(mul(minimum(where(isNear, 0, size), infinite), 0.5));
  return where(isNear, close, mul(mul(half, away), half));
}

/** The modified Bessel function of the first kind of order 0: PyTorch's, NumPy's and JAX's `i0`. Its derivative is `i1`. */
export const i0 = (x: Tensor): Tensor =>
  inSingle("i0", x, (y) => withDerivative("i0", y, bessel(y, 0, false), i1));

/** `i0` times exp(-|x|), which does not overflow: PyTorch's and JAX's `i0e`. */
export const i0e = (x: Tensor): Tensor =>
  inSingle("i0e", x, (y) =>
    withDerivative("i0e", y, bessel(y, 0, true), (own, value) => sub(i1e(own), mul(sign(own), value))),
  );

/** The modified Bessel function of the first kind of order 1: PyTorch's and JAX's `i1`. */
export const i1 = (x: Tensor): Tensor =>
  inSingle("i1", x, (y) =>
    withDerivative("i1", y, bessel(y, 1, false), (own, value) => sub(i0(own), overArgument(own, value))),
  );

/** `i1` times exp(-|x|), which does not overflow: PyTorch's and JAX's `i1e`. */
export const i1e = (x: Tensor): Tensor =>
  inSingle("i1e", x, (y) =>
    withDerivative("i1e", y, bessel(y, 1, true), (own, value) =>
      sub(i0e(own), add(overArgument(own, value), mul(sign(own), value))),
    ),
  );
