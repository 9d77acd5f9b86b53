import {
  add,
  and,
  type BinaryName,
  cos,
  div,
  eq,
  exp,
  ge,
  gt,
  log,
  lt,
  mul,
  neg,
  pow,
  round,
  sign,
  sin,
  sqrt,
  sub,
  type Tensor,
  type UnaryName,
  where,
} from "@clidim/tensor";
import { binary, noGradient, unary, type VjpRules } from "./rule.js";

/** abs and sign have derivative 0 at 0; floor, ceil, trunc, round and sign have derivative 0 everywhere. */
export const unaryRules: VjpRules<UnaryName> = {
  neg: unary((g) => neg(g)),
  abs: unary((g, x) => mul(g, sign(x))),
  sign: noGradient,
  floor: noGradient,
  ceil: noGradient,
  trunc: noGradient,
  round: noGradient,
  // d sqrt(x) = dx / (2 sqrt(x)), infinite at 0
  sqrt: unary((g, _x, y) => div(mul(g, 0.5), y)),
  exp: unary((g, _x, y) => mul(g, y)),
  // exp(x) itself: y + 1 cancels for very negative x.
  expm1: unary((g, x) => mul(g, exp(x))),
  log: unary((g, x) => div(g, x)),
  log2: unary((g, x) => div(mul(g, Math.LOG2E), x)),
  sin: unary((g, x) => mul(g, cos(x))),
  cos: unary((g, x) => neg(mul(g, sin(x)))),
  // asin'(x) = 1 / sqrt(1 - x^2), infinite at -1 and 1
  asin: unary((g, x) => div(g, sqrt(mul(sub(1, x), add(x, 1))))),
  acos: unary((g, x) => neg(div(g, sqrt(mul(sub(1, x), add(x, 1)))))),
  atan: unary((g, x) => div(g, add(mul(x, x), 1))),
  tanh: unary((g, _x, y) => mul(g, sub(1, mul(y, y)))),
  sigmoid: unary((g, _x, y) => mul(g, mul(y, sub(1, y)))),
  // erf'(x) = 2 / sqrt(pi) exp(-x^2)
  erf: unary((g, x) => mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))))),
  erfc: unary((g, x) => mul(g, mul(-2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))))),
  not: noGradient,
  isnan: noGradient,
  isinf: noGradient,
  isfinite: noGradient,
};

/** The gradient where a does not lose, half of it where a and b tie, as in JAX and PyTorch; beside a NaN neither loses. */
const share = (g: Tensor, loses: Tensor, a: Tensor, b: Tensor): Tensor =>
  where(loses, 0, where(eq(a, b), mul(g, 0.5), g));

export const binaryRules: VjpRules<BinaryName> = {
  add: binary(
    (g) => g,
    (g) => g,
  ),
  sub: binary(
    (g) => g,
    (g) => neg(g),
  ),
  mul: binary(
    (g, _a, b) => mul(g, b),
    (g, a) => mul(g, a),
  ),
  // d(a/b) = da / b - (a/b) db / b
  div: binary(
    (g, _a, b) => div(g, b),
    (g, _a, b, y) => neg(div(mul(g, y), b)),
  ),
  // rem(a, b) = a - b trunc(a/b); the quotient is recovered exactly from the result
  rem: binary(
    (g) => g,
    (g, a, b, y) => neg(mul(g, round(div(sub(a, y), b)))),
  ),
  // d(a^b) = b a^(b-1) da + log(a) a^b db, but 0 da where b = 0 and 0 db where a = 0 <= b, as in PyTorch; the exponent b - 1 is kept from 0^-1 there, and
  // log from 0
  pow: binary(
    (g, a, b) => {
      const constant = eq(b, 0);
      return where(constant, 0, mul(g, mul(b, pow(a, where(constant, 1, sub(b, 1))))));
    },
    (g, a, b, y) => {
      const zero = and(eq(a, 0), ge(b, 0));
      return where(zero, 0, mul(g, mul(log(where(zero, 1, a)), y)));
    },
  ),
  minimum: binary(
    (g, a, b) => share(g, gt(a, b), a, b),
    (g, a, b) => share(g, gt(b, a), a, b),
  ),
  maximum: binary(
    (g, a, b) => share(g, lt(a, b), a, b),
    (g, a, b) => share(g, lt(b, a), a, b),
  ),
  eq: noGradient,
  ne: noGradient,
  lt: noGradient,
  le: noGradient,
  gt: noGradient,
  ge: noGradient,
  and: noGradient,
  or: noGradient,
  xor: noGradient,
  shiftLeft: noGradient,
  shiftRight: noGradient,
};
