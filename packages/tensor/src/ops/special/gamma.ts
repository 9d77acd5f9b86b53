import { expectDType, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { abs, add, div, log, mul, neg, pow, reciprocal, round, sin, square, sub } from "../arithmetic.js";
import { isfinite, isnan } from "../classification.js";
import { eq, lt } from "../comparison.js";
import { and } from "../logic.js";
import { polynomial } from "../polynomial.js";
import { where } from "../where.js";
import { inSingle } from "./inSingle.js";
import { withDerivative } from "./withDerivative.js";

// Of x below 1/2 by reflection: Gamma(x) Gamma(1 - x) = pi / sin(pi x), whose logarithm has the derivatives of pi cot(pi x).

/** x as `f`, which takes 1/2 and what is above, may have it: 1 - x below. */
interface Reflected {
  readonly isReflected: Tensor;
  readonly positive: Tensor;
  /** sin and cos of pi times what x is beside the nearest whole number, each of an angle that is exact but for one rounding: both keep their digits around 0. */
  readonly sine: Tensor;
  readonly cosine: Tensor;
  /** Whether x is 0, -1, -2, ... or -infinity. */
  readonly isPole: Tensor;
}

function reflect(x: Tensor): Reflected {
  const isReflected = lt(x, 0.5);
  const whole = round(x);
  const rest = sub(x, whole);
  return {
    isReflected,
    positive: where(isReflected, sub(1, x), x),
    sine: sin(mul(rest, Math.PI)),
    cosine: sin(mul(sub(0.5, abs(rest)), Math.PI)),
    isPole: and(isReflected, eq(x, whole)),
  };
}

/** `value`, at the poles `pole`, and NaN of a NaN, of which comparisons on a device promise nothing. */
const withPoles = (x: Tensor, { isPole }: Reflected, pole: number | Tensor, value: Tensor): Tensor =>
  where(isnan(x), x, where(isPole, pole, value));

/** log Gamma(x) / ((x - 1) (x - 2)) around 7/4, on [1/2, 3], where the first factor has the zeros: a fit of relative error 5e-8. */
const aroundZeros = [
  4.93363259e-5, -7.70090483e-5, -0.000186871155, 0.000258452696, 0.000425947976, -0.00057134463,
  -0.000253891223, 0.000176018148, 0.000783525291, -0.0012947066, 0.00201771897, -0.0041642026, 0.00878891349,
  -0.0190612283, 0.044519674, -0.11948134, 0.450139314,
] as const;

function lgammaOfPositive(x: Tensor): Tensor {
  const isNear = lt(x, 3);
  const near = where(isNear, x, 1.75);
  const product = mul(mul(sub(near, 1), sub(near, 2)), polynomial(sub(near, 1.75), aroundZeros));
  // Stirling's series; from 3 on, the first neglected term is 4e-8.
  const far = where(isNear, 3, x);
  const inverse = reciprocal(far);
  const series = mul(inverse, polynomial(square(inverse), [-1 / 1680, 1 / 1260, -1 / 360, 1 / 12]));
  const constant = (Math.log(2 * Math.PI) - 1) / 2;
  return where(isNear, product, add(mul(sub(far, 0.5), sub(log(far), 1)), add(series, constant)));
}

/**
 * log |Gamma(x)|: PyTorch's and JAX's `lgamma`. Infinite at 0, at negative whole numbers, and at both infinities. Stirling's series from 3 on, a polynomial below, reflection below 1/2. Its derivative is
 * `digamma`.
 */
export const lgamma = (x: Tensor): Tensor =>
  inSingle("lgamma", x, (y) => {
    const reflected = reflect(y);
    const value = lgammaOfPositive(reflected.positive);
    const mirrored = sub(neg(log(mul(abs(reflected.sine), 1 / Math.PI))), value);
    const result = where(reflected.isReflected, mirrored, value);
    return withDerivative("lgamma", y, withPoles(y, reflected, Number.POSITIVE_INFINITY, result), digamma);
  });

/** Of x from 1/2 on: psi(x) = psi(x + 6) - 1 / x - ... - 1 / (x + 5), and the asymptotic series, whose first neglected term is 3e-9 at 6. */
function digammaOfPositive(x: Tensor): Tensor {
  const isNear = lt(x, 6);
  const near = where(isNear, x, 6);
  // Smallest terms first.
  const terms = [5, 4, 3, 2, 1, 0].map((k) => reciprocal(add(near, k)));
  const sum = terms.reduce((total, term) => add(total, term));
  const far = where(isNear, add(x, 6), x);
  const inverse = reciprocal(far);
  const squared = square(inverse);
  const series = mul(squared, polynomial(squared, [1 / 252, -1 / 120, 1 / 12]));
  const value = sub(log(far), add(mul(inverse, 0.5), series));
  return sub(value, where(isNear, sum, 0));
}

/**
 * The derivative of `lgamma`: PyTorch's and JAX's `digamma`. NaN at negative whole numbers, infinite at 0 with the sign against that of the zero. By recurrence and the asymptotic series, reflection below
 * 1/2. Its derivative is `polygamma(1, x)`.
 */
export const digamma = (x: Tensor): Tensor =>
  inSingle("digamma", x, (y) => {
    const reflected = reflect(y);
    const value = digammaOfPositive(reflected.positive);
    const mirrored = sub(value, mul(div(reflected.cosine, reflected.sine), Math.PI));
    const result = where(reflected.isReflected, mirrored, value);
    const pole = where(eq(y, 0), neg(reciprocal(y)), Number.NaN);
    return withDerivative("digamma", y, withPoles(y, reflected, pole, result), (own) => polygamma(1, own));
  });

/**
 * The Hurwitz zeta function, the sum of (x + k)^-s over k >= 0, of x from 1/2 on and whole s >= 2: eight terms, and the rest by Euler's and Maclaurin's formula, whose terms are the Bernoulli numbers
 * 1/6, -1/30, 1/42, -1/30 over factorials times derivatives.
 */
function zeta(s: number, x: Tensor): Tensor {
  const count = 8;
  const inverse = reciprocal(add(x, count));
  const first = s / 12;
  const second = (first / -60) * (s + 1) * (s + 2);
  const third = (second / -42) * (s + 3) * (s + 4);
  const fourth = (third / -40) * (s + 5) * (s + 6);
  const series = mul(inverse, polynomial(square(inverse), [fourth, third, second, first]));
  const rest = mul(pow(inverse, s - 1), add(mul(inverse, add(series, 0.5)), 1 / (s - 1)));
  // Smallest terms first.
  return [7, 6, 5, 4, 3, 2, 1, 0].reduce((sum, k) => add(sum, pow(reciprocal(add(x, k)), s)), rest);
}

/** The coefficients, lowest first, by which the n-th derivative of pi cot(pi x) over pi^(n + 1) is a polynomial of cot(pi x): P' (-1 - c^2) for each. */
function cotangentDerivative(n: number): readonly number[] {
  let coefficients = [0, 1];
  for (let i = 0; i < n; i++) {
    const next = Array<number>(coefficients.length + 1).fill(0);
    coefficients.forEach((coefficient, power) => {
      if (power === 0) return;
      next[power - 1]! -= power * coefficient;
      next[power + 1]! -= power * coefficient;
    });
    coefficients = next;
  }
  return coefficients;
}

/** n! has to be a number of f32, also for some derivatives more. */
const largestOrder = 30;

/**
 * The n-th derivative of `digamma`, n from 0 to 30: PyTorch's and JAX's `polygamma`, by the Hurwitz zeta function, reflection below 1/2. At 0 and negative whole numbers infinite, with the sign that it
 * has to the right of 0, NaN at -infinity.
 */
export function polygamma(n: number, x: Tensor): Tensor {
  expectDType("polygamma", "x", x, "float");
  if (!Number.isInteger(n) || n < 0 || n > largestOrder) {
    throw new Error(`polygamma: n must be a whole number from 0 to ${largestOrder}, got ${show(n)}`);
  }
  return n === 0 ? digamma(x) : derivative(n, x);
}

/** The n-th derivative of `digamma`, n >= 1. */
const derivative = (n: number, x: Tensor): Tensor =>
  inSingle("polygamma", x, (y) => {
    const reflected = reflect(y);
    const sign = n % 2 === 1 ? 1 : -1;
    let factorial = 1;
    for (let i = 2; i <= n; i++) factorial *= i;
    const value = mul(zeta(n + 1, reflected.positive), sign * factorial);
    const cotangent = div(reflected.cosine, reflected.sine);
    const [first, second, ...others] = cotangentDerivative(n).toReversed();
    const turned = polynomial(cotangent, [first!, second!, ...others]);
    const mirrored = sub(mul(value, -sign), mul(turned, Math.PI ** (n + 1)));
    const result = where(reflected.isReflected, mirrored, value);
    // Poles come ever again on the way to -infinity.
    const pole = where(isfinite(y), sign * Number.POSITIVE_INFINITY, Number.NaN);
    return withDerivative("polygamma", y, withPoles(y, reflected, pole, result), (own) =>
      derivative(n + 1, own),
    );
  });
