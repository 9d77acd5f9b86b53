import { expectDType } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { clip } from "./clip.js";
import { lt } from "./comparison.js";
import { onesLike } from "./creation.js";
import { applyBinary, expectTensorLike, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

// Elementwise, with broadcasting. Dtypes must agree; a number takes the dtype of the tensor beside it.

/** a + b. */
export const add = (a: TensorLike, b: TensorLike): Tensor => applyBinary("add", a, b);
/** a - b. */
export const sub = (a: TensorLike, b: TensorLike): Tensor => applyBinary("sub", a, b);
/** a * b. */
export const mul = (a: TensorLike, b: TensorLike): Tensor => applyBinary("mul", a, b);

/** Integers truncate towards zero. */
export const div = (a: TensorLike, b: TensorLike): Tensor => applyBinary("div", a, b);

/** The remainder has the sign of the dividend, as C's % has. */
export const rem = (a: TensorLike, b: TensorLike): Tensor => applyBinary("rem", a, b);

/** The smaller of a and b; the gradient is shared where they tie. */
export const minimum = (a: TensorLike, b: TensorLike): Tensor => applyBinary("minimum", a, b);
/** The larger of a and b; the gradient is shared where they tie. */
export const maximum = (a: TensorLike, b: TensorLike): Tensor => applyBinary("maximum", a, b);

/** -x. */
export const neg = (x: Tensor): Tensor => apply("neg", [x], {});
/** |x|; the derivative at 0 is 0. */
export const abs = (x: Tensor): Tensor => apply("abs", [x], {});
/** -1, 0 or 1. */
export const sign = (x: Tensor): Tensor => apply("sign", [x], {});
/** The largest whole number up to x; no gradient. */
export const floor = (x: Tensor): Tensor => apply("floor", [x], {});
/** The smallest whole number from x on; no gradient. */
export const ceil = (x: Tensor): Tensor => apply("ceil", [x], {});
/** Halves go to the even neighbour, as in NumPy. */
export const round = (x: Tensor): Tensor => apply("round", [x], {});
/** The square root, of x from 0 on; its derivative at 0 is infinite. */
export const sqrt = (x: Tensor): Tensor => apply("sqrt", [x], {});
/** e to the power x. */
export const exp = (x: Tensor): Tensor => apply("exp", [x], {});
/** exp(x) - 1, accurate for small |x| too. */
export const expm1 = (x: Tensor): Tensor => apply("expm1", [x], {});
/** The natural logarithm, of x above 0. */
export const log = (x: Tensor): Tensor => apply("log", [x], {});
/** The logarithm to base 2, of x above 0. */
export const log2 = (x: Tensor): Tensor => apply("log2", [x], {});
/** Radians. */
export const sin = (x: Tensor): Tensor => apply("sin", [x], {});
/** Radians. */
export const cos = (x: Tensor): Tensor => apply("cos", [x], {});
/** sin(x) / cos(x), of radians. */
export const tan = (x: Tensor): Tensor => {
  expectDType("tan", "x", x, "float");
  return div(sin(x), cos(x));
};
/** The angle from -pi / 2 to pi / 2 whose sine is x; its derivative at -1 and 1 is infinite. */
export const asin = (x: Tensor): Tensor => apply("asin", [x], {});
/** The angle from 0 to pi whose cosine is x; its derivative at -1 and 1 is infinite. */
export const acos = (x: Tensor): Tensor => apply("acos", [x], {});
/** The angle between -pi / 2 and pi / 2 whose tangent is x. */
export const atan = (x: Tensor): Tensor => apply("atan", [x], {});
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => apply("tanh", [x], {});
/** The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf = (x: Tensor): Tensor => apply("erf", [x], {});
/** 1 - erf(x), which keeps its digits where erf is near 1. */
export const erfc = (x: Tensor): Tensor => apply("erfc", [x], {});

/** x * x. */
export const square = (x: Tensor): Tensor => {
  expectDType("square", "x", x, "numeric");
  return mul(x, x);
};
/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => {
  expectDType("reciprocal", "x", x, "float");
  return div(1, x);
};
/** 1 / sqrt(x). */
export const rsqrt = (x: Tensor): Tensor => {
  expectDType("rsqrt", "x", x, "float");
  return div(1, sqrt(x));
};

/** x^n by squaring, n >= 1. */
function power(x: Tensor, n: number): Tensor {
  if (n === 1) return x;
  const half = square(power(x, Math.floor(n / 2)));
  return n % 2 === 0 ? half : mul(half, x);
}

/** Whole exponents up to this size are multiplied out. */
const maxWholeExponent = 64;

/**
 * a to the power b. A whole number b is multiplied out and takes any base; any other exponent, and every tensor of exponents, needs
 * a base of at least 0.
 */
export function pow(a: TensorLike, b: TensorLike): Tensor {
  expectTensorLike("pow", "a", a);
  expectTensorLike("pow", "b", b);
  if (
    typeof a !== "number" &&
    typeof b === "number" &&
    Number.isInteger(b) &&
    Math.abs(b) <= maxWholeExponent
  ) {
    if (b === 0) return onesLike(a);
    return b > 0 ? power(a, b) : reciprocal(power(a, -b));
  }
  return applyBinary("pow", a, b);
}

/** The polynomial with these coefficients, highest power first. */
const polynomial = (x: Tensor, [first, second, ...rest]: readonly [number, number, ...number[]]): Tensor =>
  rest.reduce((sum, coefficient) => add(mul(sum, x), coefficient), add(mul(x, first), second));

/**
 * log(1 + x), accurate for small |x| too: below 1/4 by log(1 + x) = 2 artanh(x / (2 + x)) as a series, whose first neglected term
 * is 4e-10 of the result.
 */
export function log1p(x: Tensor): Tensor {
  expectDType("log1p", "x", x, "float");
  const s = div(x, add(x, 2));
  const series = polynomial(square(s), [1 / 9, 1 / 7, 1 / 5, 1 / 3, 1]);
  return where(lt(abs(x), 0.25), mul(mul(s, series), 2), log(add(x, 1)));
}

/**
 * The inverse of erf on (-1, 1) to about single precision, by M. Giles, "Approximating the erfinv function" (GPU Computing Gems,
 * 2011). At -1 and 1 what the logarithm of 0 is on the adapter, with the sign of x: infinite, or a large number.
 */
export function erfinv(x: Tensor): Tensor {
  expectDType("erfinv", "x", x, "float");
  const w = neg(log(mul(sub(1, x), add(x, 1))));
  const centre = polynomial(
    sub(w, 2.5),
    [
      2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
      -0.00417768164, 0.246640727, 1.50140941,
    ],
  );
  // -log(1 - x^2) is below 40 up to the last x below 1.
  const largest = 50;
  // Beyond its limits the root is not used; they keep it, and its derivative, finite there.
  const tail = polynomial(
    sub(sqrt(clip(w, 5, largest)), 3),
    [
      -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
      0.00943887047, 1.00167406, 2.83297682,
    ],
  );
  return mul(x, where(lt(w, 5), centre, where(lt(w, largest), tail, w)));
}
