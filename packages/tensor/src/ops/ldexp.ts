import { isFloat } from "../dtype.js";
import { expectDType } from "../primitives/expect.js";
import { Tensor } from "../tensor.js";
import { abs, add, exp2, floor, log2, mul, neg, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { isfinite } from "./classification.js";
import { clip } from "./clip.js";
import { ge, lt, ne } from "./comparison.js";
import { stopGradient } from "./control.js";
import { and, shiftRight } from "./logic.js";
import { inSingle } from "./special/inSingle.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** The exponents of normal numbers of f32. */
const [lowest, highest] = [-126, 127];

/** 2^n, exact, of n (i32) within -126 and 127: a factor for every bit of |n|. */
function powerOfTwo(n: Tensor): Tensor {
  const [size, isUp] = [abs(n), ge(n, 0)];
  const factors = [0, 1, 2, 3, 4, 5, 6].map((bit) => {
    const isSet = ne(and(shiftRight(size, bit), 1), 0);
    return where(isSet, where(isUp, 2 ** (2 ** bit), 2 ** -(2 ** bit)), 1);
  });
  return factors.reduce((product, factor) => mul(product, factor));
}

/** x (f32) times 2^n (i32), by as many steps as keep what is between in range. */
function scale(x: Tensor, n: Tensor): Tensor {
  let [value, rest] = [x, n];
  for (let step = 0; step < 3; step++) {
    const part = clip(rest, lowest, highest);
    value = mul(value, powerOfTwo(part));
    rest = sub(rest, part);
  }
  return value;
}

/** x times 2^n, exact of whole numbers n (i32): NumPy's, PyTorch's and JAX's `ldexp`. Of floats n, as PyTorch takes them, it is x `exp2(n)`. */
export function ldexp(x: TensorLike, n: TensorLike): Tensor {
  const [value] = broadcastOperands("ldexp", [x, n]);
  expectDType("ldexp", "x", value, "float");
  if (n instanceof Tensor && isFloat(n.dtype)) return mul(value, exp2(n));
  if (n instanceof Tensor) expectDType("ldexp", "n", n, "integer");
  if (typeof n === "number" && !Number.isInteger(n)) return mul(value, 2 ** n);
  return inSingle("ldexp", value, (y) => {
    const exponents =
      typeof n === "number" ? broadcastOperands("ldexp", [n, cast(y, "i32")])[0] : cast(n, "i32");
    return scale(y, exponents);
  });
}

/**
 * x as mantissa 2^exponent, the mantissa's magnitude from 1/2 to below 1, the exponent i32: NumPy's, PyTorch's and JAX's `frexp`. 0, NaN and infinities are their own mantissas, with exponent 0. The
 * gradient of the mantissa is 2^-exponent.
 */
export function frexp(x: Tensor): { readonly mantissa: Tensor; readonly exponent: Tensor } {
  expectDType("frexp", "x", x, "float");
  const known = cast(stopGradient(x), "f32");
  const isNumber = and(isfinite(known), ne(known, 0));
  // A logarithm may be rounded to the next whole number, or below it.
  const near = add(floor(log2(abs(where(isNumber, known, 1)))), 1);
  const guess = cast(clip(near, -150, 129), "i32");
  const size = abs(scale(where(isNumber, known, 0.5), neg(guess)));
  const correction = sub(cast(ge(size, 1), "i32"), cast(lt(size, 0.5), "i32"));
  const exponent = where(isNumber, add(guess, correction), 0);
  return { mantissa: inSingle("frexp", x, (y) => scale(y, neg(exponent))), exponent };
}
