import { isFloat } from "../dtype.js";
import { expectDType, show } from "../primitives/expect.js";
import { apply, Tensor } from "../tensor.js";
import { onesLike } from "./creation.js";
import { applyBinary, expectTensorLike, type TensorLike } from "./tensorLike.js";

// Elementwise, with broadcasting. Dtypes must agree; a number takes the dtype of the tensor beside it.

/** Whether both are bools, which have and and or in place of products and sums, as in NumPy and PyTorch. */
const areBools = (a: TensorLike, b: TensorLike): boolean =>
  a instanceof Tensor && b instanceof Tensor && a.dtype === "bool" && b.dtype === "bool";

/** a + b; of bools, a or b. */
export const add = (a: TensorLike, b: TensorLike): Tensor => applyBinary(areBools(a, b) ? "or" : "add", a, b);
/** a - b. */
export const sub = (a: TensorLike, b: TensorLike): Tensor => applyBinary("sub", a, b);
/** a * b; of bools, a and b. */
export const mul = (a: TensorLike, b: TensorLike): Tensor =>
  applyBinary(areBools(a, b) ? "and" : "mul", a, b);

/** Integers truncate towards zero. */
export const div = (a: TensorLike, b: TensorLike): Tensor => applyBinary("div", a, b);

/**
 * a - b trunc(a / b), which has the sign of a, as C's % and fmod: exact, also of floats. Of floats by 0 and of infinity it is NaN; of integers by 0 it is 0.
 */
export const rem = (a: TensorLike, b: TensorLike): Tensor => applyBinary("rem", a, b);

/** The smaller of a and b, NaN where one of them is; the gradient is shared where they tie. */
export const minimum = (a: TensorLike, b: TensorLike): Tensor =>
  applyBinary(areBools(a, b) ? "and" : "minimum", a, b);
/** The larger of a and b, NaN where one of them is; the gradient is shared where they tie. */
export const maximum = (a: TensorLike, b: TensorLike): Tensor =>
  applyBinary(areBools(a, b) ? "or" : "maximum", a, b);

/** -x. */
export const neg = (x: Tensor): Tensor => apply("neg", [x], {});
/** |x|; the derivative at 0 is 0. */
export const abs = (x: Tensor): Tensor => apply("abs", [x], {});
/** -1, 0 or 1; 0 of NaN, as in PyTorch. */
export const sign = (x: Tensor): Tensor => apply("sign", [x], {});
/** Rounds floats; integers are whole. */
function whole(op: "floor" | "ceil" | "trunc" | "round", x: Tensor): Tensor {
  expectDType(op, "x", x, "numeric");
  return isFloat(x.dtype) ? apply(op, [x], {}) : x;
}

/** The largest whole number up to x; no gradient. */
export const floor = (x: Tensor): Tensor => whole("floor", x);
/** The smallest whole number from x on; no gradient. */
export const ceil = (x: Tensor): Tensor => whole("ceil", x);
/** The whole number next to x towards 0; no gradient. */
export const trunc = (x: Tensor): Tensor => whole("trunc", x);
/** To whole numbers, or to so many `decimals` (negative ones: to tens, hundreds); halves go to the even neighbour, as in NumPy. */
export function round(x: Tensor, decimals = 0): Tensor {
  if (decimals === 0) return whole("round", x);
  if (!Number.isInteger(decimals)) {
    throw new Error(`round: decimals must be a whole number, got ${show(decimals)}`);
  }
  expectDType("round", "x", x, "float");
  const unit = 10 ** Math.abs(decimals);
  return decimals > 0
    ? div(apply("round", [mul(x, unit)], {}), unit)
    : mul(apply("round", [div(x, unit)], {}), unit);
}
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
/** The logarithm to base 10, of x above 0. */
export const log10 = (x: Tensor): Tensor => {
  expectDType("log10", "x", x, "float");
  return mul(log2(x), Math.LOG10E / Math.LOG2E);
};
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

/** 2 to the power x, exact of whole numbers. */
export const exp2 = (x: Tensor): Tensor => {
  expectDType("exp2", "x", x, "float");
  return pow(2, x);
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
 * a to the power b, with IEEE 754's special cases: a negative base has whole powers and is NaN to any other, a^0 and 1^b are 1 even with a NaN, and 0 to a negative
 * power is infinite. A whole number b up to 64 is multiplied out. Integers keep their low 32 bits; their negative powers are rounded towards 0.
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
    if (b > 0) return power(a, b);
    if (isFloat(a.dtype)) return power(reciprocal(a), -b);
  }
  return applyBinary("pow", a, b);
}
