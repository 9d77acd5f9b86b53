import type { Tensor } from "../../tensor.js";
import { add, div, exp, log, mul, neg, sqrt, square, sub } from "../arithmetic.js";
import { eq, lt } from "../comparison.js";
import { polynomial } from "../polynomial.js";
import { where } from "../where.js";
import { euler, harmonic, series } from "./besselSeries.js";
import { inSingle } from "./inSingle.js";
import { withDerivative } from "./withDerivative.js";

/** Up to it the power series, of which k = 7 on is below 1e-12, beyond it sqrt(x) exp(x) K(x) as a polynomial of 1 / x: fits of relative error 1.5e-9. */
const split = 1;
const last = 6;

const fits = [
  [
    -0.011783118264, 0.073830570851, -0.20693182633, 0.34527750503, -0.3878956535, 0.31972476817,
    -0.21268793035, 0.1312120371, -0.091022953677, 0.088089194203, -0.15666365057, 1.2533141355,
  ],
  [
    0.014808771035, -0.092267335344, 0.25719828136, -0.42713930222, 0.47858734755, -0.39533173296,
    0.26640506245, -0.17023847937, 0.12765998066, -0.14683539232, 0.46999214867, 1.2533141392,
  ],
] as const;

/** Of order 0 or 1, times exp(x) or not. */
function bessel(x: Tensor, order: 0 | 1, isScaled: boolean): Tensor {
  const isNear = lt(x, split);
  const near = where(isNear, x, split);
  const z = mul(square(near), 0.25);
  const logarithm = log(mul(near, 0.5));
  const regular = series(z, order, last);
  const close =
    order === 0
      ? sub(series(z, 0, last, harmonic), mul(add(logarithm, euler), regular))
      : add(
          div(1, near),
          mul(
            mul(near, 0.5),
            sub(
              mul(logarithm, regular),
              series(z, 1, last, (k) => (harmonic(k) + harmonic(k + 1)) / 2 - euler),
            ),
          ),
        );
  const far = where(isNear, split, x);
  const away = div(polynomial(div(split, far), fits[order]), sqrt(far));
  const value = isScaled
    ? where(isNear, mul(close, exp(near)), away)
    : where(isNear, close, mul(away, exp(neg(far))));
  return where(lt(x, 0), Number.NaN, where(eq(x, 0), Number.POSITIVE_INFINITY, value));
}

/** The modified Bessel function of the second kind of order 0: SciPy's `k0`, PyTorch's `modified_bessel_k0`. Infinity at 0, NaN below. Its derivative is -`k1`. */
export const k0 = (x: Tensor): Tensor =>
  inSingle("k0", x, (y) => withDerivative("k0", y, bessel(y, 0, false), (own) => neg(k1(own))));

/** `k0` times exp(x), which does not underflow: SciPy's `k0e`, PyTorch's `scaled_modified_bessel_k0`. */
export const k0e = (x: Tensor): Tensor =>
  inSingle("k0e", x, (y) =>
    withDerivative("k0e", y, bessel(y, 0, true), (own, value) => sub(value, k1e(own))),
  );

/** The modified Bessel function of the second kind of order 1: SciPy's `k1`, PyTorch's `modified_bessel_k1`. Infinity at 0, NaN below. */
export const k1 = (x: Tensor): Tensor =>
  inSingle("k1", x, (y) =>
    withDerivative("k1", y, bessel(y, 1, false), (own, value) => neg(add(k0(own), div(value, own)))),
  );

/** `k1` times exp(x), which does not underflow: SciPy's `k1e`, PyTorch's `scaled_modified_bessel_k1`. */
export const k1e = (x: Tensor): Tensor =>
  inSingle("k1e", x, (y) =>
    withDerivative("k1e", y, bessel(y, 1, true), (own, value) => sub(value, add(k0e(own), div(value, own)))),
  );
