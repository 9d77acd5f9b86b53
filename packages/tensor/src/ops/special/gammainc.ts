import { expectDType } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import {
  abs,
  add,
  div,
  exp,
  expm1,
  log,
  minimum,
  mul,
  neg,
  reciprocal,
  sqrt,
  square,
  sub,
} from "../arithmetic.js";
import { cast } from "../cast.js";
import { isfinite, isnan } from "../classification.js";
import { eq, ge, gt, lt } from "../comparison.js";
import { stopGradient } from "../control.js";
import { tensor, zerosLike } from "../creation.js";
import { and, or } from "../logic.js";
import { polynomial } from "../polynomial.js";
import { sum } from "../reductions.js";
import { expandDims } from "../reshape.js";
import { broadcastOperands, type TensorLike } from "../tensorLike.js";
import { where } from "../where.js";
import { withVjp } from "../withVjp.js";
import { digamma } from "./gamma.js";
import { gaussLegendre } from "./gaussLegendre.js";

// With t = x exp(-s) in P(a, x) = 1 / Gamma(a) times the integral of t^(a - 1) exp(-t) from 0 to x, and t = x exp(s) in Q, from x on:
//   P = a D times the integral of exp(-(a - x) s - x g(-s)), Q = a D times that of exp(-(x - a) s - x g(s)), both over s from 0 on,
//   where g(u) = exp(u) - 1 - u and D = x^a exp(-x) / Gamma(a + 1).
// The first below x = a, the second from it on: what is integrated then falls from 1 on, faster and faster. Below a = 1, P(a, x) = D + P(a + 1, x).

const nodes = /* @__PURE__ */ gaussLegendre(20);

/** What is integrated is of no account where it is below exp(-20). */
const reach = 20;

/** exp(u) - 1 - u, by its series within -1 and 1, where it cancels. */
function beyondLinear(u: Tensor): Tensor {
  const isNear = lt(abs(u), 1);
  const near = where(isNear, u, 0);
  let factorial = 1;
  const [last, next, ...rest] = Array.from({ length: 10 }, (_, k) => {
    factorial *= k + 2;
    return 1 / factorial;
  }).toReversed();
  const series = mul(square(near), polynomial(near, [last!, next!, ...rest]));
  const far = where(isNear, 1, u);
  return where(isNear, series, sub(expm1(far), far));
}

/** mu - log(1 + mu) of mu = (x - a) / a, around 0, where it cancels, of r = mu / (2 + mu), of which the logarithm is 2 artanh(r). */
function beyondLogarithm(a: Tensor, x: Tensor): Tensor {
  const mu = div(sub(x, a), a);
  const isNear = lt(abs(mu), 0.5);
  const near = where(isNear, mu, 0);
  const r = div(near, add(near, 2));
  const squared = square(r);
  const series = polynomial(squared, [1 / 17, 1 / 15, 1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3]);
  // x / a, of which 1 + mu has lost the digits where it is small.
  const ratio = where(isNear, 1, div(x, a));
  return where(isNear, sub(mul(near, r), mul(mul(r, squared), mul(series, 2))), sub(mu, log(ratio)));
}

/** What log Gamma(a + 1) is beyond Stirling's (a + 1/2) log(a) - a + log(2 pi) / 2, times a, of 1 / a for a from 1 on: a fit of error 3e-9. */
const beyondStirling = [
  0.000137114766, -0.000629755996, 0.00104472468, -5.04897967e-5, -0.00277337588, -7.9037401e-8, 0.0833333309,
] as const;

/** log D of a from 1 on, x above 0. */
function logDensity(a: Tensor, x: Tensor): Tensor {
  const inverse = reciprocal(a);
  const rest = mul(inverse, polynomial(inverse, beyondStirling));
  const place = mul(a, beyondLogarithm(a, x));
  return neg(add(place, add(mul(log(mul(a, 2 * Math.PI)), 0.5), rest)));
}

/** What P and Q are made of, of a and x above 0, finite. */
interface Parts {
  /** Whether it is P that is integrated, else Q. */
  readonly isLower: Tensor;
  readonly isSmall: Tensor;
  /** a, or a + 1 where that is integrated. */
  readonly order: Tensor;
  /** x^a exp(-x) / Gamma(a + 1). */
  readonly own: Tensor;
  /** The same of `order`, times it. */
  readonly factor: Tensor;
  /** The integral, and that of s times what is integrated. */
  readonly integral: Tensor;
  readonly moment: Tensor;
}

function partsOf(a: Tensor, x: Tensor): Parts {
  const isLower = lt(x, a);
  const isSmall = lt(a, 1);
  const order = where(and(isLower, isSmall), add(a, 1), a);
  const raised = where(isSmall, add(a, 1), a);
  const density = logDensity(raised, x);
  const ownLog = add(density, where(isSmall, log(div(raised, x)), 0));
  const factor = mul(exp(where(isLower, density, ownLog)), order);

  const distance = where(isLower, sub(order, x), sub(x, order));
  // Where to end: of the parabola below the exponent, and what is known of it far out. It moves no result.
  const parabola = div(2 * reach, add(distance, sqrt(add(square(distance), mul(x, 2 * reach)))));
  const lower = minimum(div(add(x, reach), order), mul(parabola, add(mul(parabola, 1 / 3), 1)));
  const upper = minimum(parabola, log(add(add(div(reach, x), parabola), 1)));
  const end = stopGradient(where(isLower, lower, upper));

  const [along, wide] = [(v: Tensor) => expandDims(v, -1), expandDims(end, -1)];
  const s = mul(wide, tensor(nodes.places));
  const bend = mul(along(x), beyondLinear(where(along(isLower), neg(s), s)));
  const terms = mul(exp(neg(add(mul(along(distance), s), bend))), mul(wide, tensor(nodes.weights)));
  return {
    ...{ isLower, isSmall, order, own: exp(ownLog), factor },
    ...{ integral: sum(terms, -1), moment: sum(mul(terms, s), -1) },
  };
}

/** P where it is integrated, and Q. */
function smaller(parts: Parts): Tensor {
  const { isLower, isSmall, own, factor, integral } = parts;
  return add(mul(factor, integral), where(and(isLower, isSmall), own, 0));
}

/** The derivatives of P. */
function slopes(a: Tensor, x: Tensor): readonly [byA: Tensor, byX: Tensor] {
  const parts = partsOf(a, x);
  const { isLower, isSmall, order, own, factor, integral, moment } = parts;
  const logarithm = log(x);
  const change = mul(mul(factor, integral), sub(logarithm, digamma(order)));
  const ofOwn = mul(own, sub(logarithm, digamma(add(a, 1))));
  const lower = add(sub(change, mul(factor, moment)), where(isSmall, ofOwn, 0));
  return [where(isLower, lower, neg(add(change, mul(factor, moment)))), mul(own, div(a, x))];
}

function incomplete(op: "gammainc" | "gammaincc", first: TensorLike, second: TensorLike): Tensor {
  const [a, x] = broadcastOperands(op, [first, second]);
  expectDType(op, "a", a, "float");
  expectDType(op, "x", x, "float");
  if (a.dtype === "f16") return cast(incomplete(op, cast(a, "f32"), cast(x, "f32")), "f16");
  const isUpper = op === "gammaincc";
  const isInside = and(and(gt(a, 0), gt(x, 0)), and(isfinite(a), isfinite(x)));
  const inside = (given: Tensor): Tensor => where(isInside, given, 1);
  const parts = partsOf(inside(a), inside(x));
  const value = smaller(parts);
  const other = sub(1, value);
  const found = isUpper ? where(parts.isLower, other, value) : where(parts.isLower, value, other);
  // P is 0 of x = 0 and of infinite a, 1 of infinite x and of a = 0, and nothing where both are.
  const isLeast = or(eq(x, 0), eq(a, Number.POSITIVE_INFINITY));
  const isMost = or(eq(a, 0), eq(x, Number.POSITIVE_INFINITY));
  const [least, most] = isUpper ? [1, 0] : [0, 1];
  const end = where(isLeast, where(isMost, Number.NaN, least), where(isMost, most, Number.NaN));
  const isOutside = or(or(lt(a, 0), lt(x, 0)), or(isnan(a), isnan(x)));
  const result = where(isInside, found, where(isOutside, Number.NaN, end));

  const [known] = withVjp(op, [a, x], [result], ([g], [ownA, ownX]) => {
    const within = and(and(gt(ownA!, 0), gt(ownX!, 0)), and(isfinite(ownA!), isfinite(ownX!)));
    const [byA, byX] = slopes(where(within, ownA!, 1), where(within, ownX!, 1));
    const signed = isUpper ? neg(g!) : g!;
    // At the ends, x^(a - 1) exp(-x) / Gamma(a): a pixel of 0 has a gradient, too.
    const isKnown = and(and(gt(ownA!, 0), isfinite(ownA!)), ge(ownX!, 0));
    const none = where(isKnown, zerosLike(ownX!), Number.NaN);
    const atZero = where(lt(ownA!, 1), Number.POSITIVE_INFINITY, cast(eq(ownA!, 1), ownA!.dtype));
    const ended = where(and(isKnown, eq(ownX!, 0)), atZero, none);
    return [mul(signed, where(within, byA, none)), mul(signed, where(within, byX, ended))];
  });
  return known!;
}

/**
 * The regularised lower incomplete gamma function P(a, x) = 1 / Gamma(a) times the integral of t^(a - 1) exp(-t) from 0 to x, of a and x from 0 on: SciPy's, JAX's and PyTorch's `gammainc`, PyTorch's `igamma`.
 * By Gauss's quadrature of 20 places, to 1e-6 of the result for a up to 1e4. Its derivatives in both are those of the function; PyTorch has that in x alone.
 */
export const gammainc = (a: TensorLike, x: TensorLike): Tensor => incomplete("gammainc", a, x);

/** 1 - `gammainc`, which keeps its digits where it is small: SciPy's, JAX's and PyTorch's `gammaincc`, PyTorch's `igammac`. */
export const gammaincc = (a: TensorLike, x: TensorLike): Tensor => incomplete("gammaincc", a, x);
