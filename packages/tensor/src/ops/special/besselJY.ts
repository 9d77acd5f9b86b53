import type { Tensor } from "../../tensor.js";
import { abs, add, cos, div, log, mul, neg, sign, sin, sqrt, square, sub } from "../arithmetic.js";
import { isinf } from "../classification.js";
import { eq, lt } from "../comparison.js";
import { polynomial } from "../polynomial.js";
import { where } from "../where.js";
import { euler, harmonic, series } from "./besselSeries.js";
import { inSingle } from "./inSingle.js";
import { overArgument } from "./overArgument.js";
import { withDerivative } from "./withDerivative.js";

/** Up to it the power series, beyond it J(x) = (c cos x + s sin x) / sqrt(x) and Y(x) = (c sin x - s cos x) / sqrt(x), where c and s are polynomials of 3 / x: fits of error 6e-10. */
const split = 3;
/** From k = 10 on the terms of the series are below 3e-10. */
const last = 9;
type Fit = readonly [number, number, ...number[]];

const cosines: readonly [Fit, Fit] = [
  [
    -2.284359458e-5, 1.118242143e-5, 0.0003238621981, -0.0009999582388, 0.0009369785717, 0.001502286822,
    -0.004405192136, -0.02350798738, 0.5641895841,
  ],
  [
    -0.0001009891306, 0.0005237695266, -0.001074288086, 0.0007819098944, 0.0009958512712, -0.00214581114,
    -0.007345583101, 0.07052366416, -0.5641895833,
  ],
];
const sines: readonly [Fit, Fit] = [
  [
    -8.778431656e-5, 0.0004482113338, -0.0008987894402, 0.0006300030516, 0.0007798753929, -0.001534390699,
    -0.00440706794, 0.02350786604, 0.5641895838,
  ],
  [
    3.14121506e-5, -3.65448365e-5, -0.0003408817279, 0.001182523103, -0.001182980264, -0.002110161816,
    0.007343276895, 0.07052380039, 0.564189583,
  ],
];

/** What both kinds have of x from 0 on. */
function parts(x: Tensor, order: 0 | 1) {
  const isNear = lt(x, split);
  const near = where(isNear, x, 1);
  // An infinite angle has no sine; all four are 0 there.
  const far = where(isNear, split, where(isinf(x), split, x));
  const place = div(split, far);
  const root = sqrt(far);
  return {
    ...{ isNear, near, z: mul(square(near), -0.25) },
    ...{ cosine: div(cos(far), root), sine: div(sin(far), root) },
    ...{ c: polynomial(place, cosines[order]), s: polynomial(place, sines[order]) },
  };
}

const withEnd = (x: Tensor, value: Tensor): Tensor => where(isinf(x), 0, value);

function first(x: Tensor, order: 0 | 1): Tensor {
  const { isNear, near, z, cosine, sine, c, s } = parts(abs(x), order);
  const regular = series(z, order, last);
  const close = order === 0 ? regular : mul(mul(near, 0.5), regular);
  const value = where(isNear, close, add(mul(c, cosine), mul(s, sine)));
  return withEnd(x, order === 0 ? value : mul(value, sign(x)));
}

function second(x: Tensor, order: 0 | 1): Tensor {
  const { isNear, near, z, cosine, sine, c, s } = parts(x, order);
  const logarithm = log(mul(near, 0.5));
  const regular = series(z, order, last);
  const close =
    order === 0
      ? sub(mul(add(logarithm, euler), regular), series(z, 0, last, harmonic))
      : sub(
          mul(
            mul(near, 0.5),
            sub(
              mul(logarithm, regular),
              series(z, 1, last, (k) => (harmonic(k) + harmonic(k + 1)) / 2 - euler),
            ),
          ),
          div(1, near),
        );
  const value = where(isNear, mul(close, 2 / Math.PI), sub(mul(c, sine), mul(s, cosine)));
  const from = where(lt(x, 0), Number.NaN, where(eq(x, 0), Number.NEGATIVE_INFINITY, value));
  return where(eq(x, Number.POSITIVE_INFINITY), 0, from);
}

/** The Bessel function of the first kind of order 0: SciPy's `j0`, PyTorch's `bessel_j0`. To 2e-7, its amplitude times that of the driver's sine beyond 3; 0 at infinity. Its derivative is -`j1`. */
export const j0 = (x: Tensor): Tensor =>
  inSingle("j0", x, (y) => withDerivative("j0", y, first(y, 0), (own) => neg(j1(own))));

/** The Bessel function of the first kind of order 1: SciPy's `j1`, PyTorch's `bessel_j1`. As exact as `j0`. */
export const j1 = (x: Tensor): Tensor =>
  inSingle("j1", x, (y) =>
    withDerivative("j1", y, first(y, 1), (own, value) => sub(j0(own), overArgument(own, value))),
  );

/** The Bessel function of the second kind of order 0: SciPy's `y0`, PyTorch's `bessel_y0`. -Infinity at 0, NaN below. Its derivative is -`y1`. */
export const y0 = (x: Tensor): Tensor =>
  inSingle("y0", x, (y) => withDerivative("y0", y, second(y, 0), (own) => neg(y1(own))));

/** The Bessel function of the second kind of order 1: SciPy's `y1`, PyTorch's `bessel_y1`. -Infinity at 0, NaN below. */
export const y1 = (x: Tensor): Tensor =>
  inSingle("y1", x, (y) =>
    withDerivative("y1", y, second(y, 1), (own, value) => sub(y0(own), div(value, own))),
  );
