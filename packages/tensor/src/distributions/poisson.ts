import {
  abs,
  add,
  div,
  exp,
  floor,
  log,
  minimum,
  mul,
  neg,
  reciprocal,
  sqrt,
  square,
  sub,
} from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { ge, gt, le, lt } from "../ops/comparison.js";
import { stopGradient } from "../ops/control.js";
import { zeros } from "../ops/creation.js";
import { log1p } from "../ops/log1p.js";
import { and, or } from "../ops/logic.js";
import { arange } from "../ops/ranges.js";
import { scan } from "../ops/scan.js";
import { broadcastOperands, type TensorLike } from "../ops/tensorLike.js";
import { where } from "../ops/where.js";
import { foldIn, split, uniform } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectWithin } from "./expectWithin.js";
import { aboveZero } from "./unitInterval.js";

/** Rates below this one are drawn by going through the counts. */
const large = 10;
/** Of a rate of 10, more has a probability of 1e-9. */
const counts = 36;
/** Each attempt fails with probability 0.25 at most, so that a number is left without with 4e-12. */
const attempts = 19;

/** The number of counts whose summed probability is below a uniform number. */
function bySearch(key: Tensor, rate: Tensor): Tensor {
  const u = aboveZero("poisson", key, rate.shape);
  const { carry } = scan(
    (state: { readonly left: Tensor; readonly p: Tensor; readonly count: Tensor }, k: Tensor) => {
      const isAbove = gt(state.left, state.p);
      return {
        carry: {
          // What is left of the number after the counts so far.
          left: where(isAbove, sub(state.left, state.p), -1),
          p: mul(state.p, div(rate, k)),
          count: add(state.count, cast(isAbove, "f32")),
        },
        y: undefined,
      };
    },
    { left: u, p: exp(neg(rate)), count: zeros(rate.shape) },
    arange(1, counts + 1, 1, "f32"),
  );
  return carry.count;
}

/** log k! - ((k + 1/2) log k - k + log(2 pi) / 2) by Stirling's series: to 3e-4 for k = 1, 1e-6 from 3 on. */
function stirlingRemainder(k: Tensor): Tensor {
  const r = reciprocal(k);
  const r2 = square(r);
  return mul(r, sub(1 / 12, mul(r2, sub(1 / 360, mul(r2, sub(1 / 1260, mul(r2, 1 / 1680)))))));
}

/** Hoermann's transformed rejection with squeeze (1993), PTRS, for rates of at least 10. */
function byRejection(key: Tensor, rate: Tensor): Tensor {
  const b = add(0.931, mul(2.53, sqrt(rate)));
  const a = add(-0.059, mul(0.02483, b));
  const inverseAlpha = add(1.1239, div(1.1328, sub(b, 3.4)));
  const v = sub(0.9277, div(3.6224, sub(b, 2)));
  const { carry } = scan(
    (state: { readonly count: Tensor; readonly done: Tensor }, turn: Tensor) => {
      const [first, second] = split(foldIn(key, turn));
      const u = sub(uniform(first, rate.shape), 0.5);
      const w = aboveZero("poisson", second, rate.shape);
      const us = sub(0.5, abs(u));
      const slope = add(div(mul(a, 2), us), b);
      const count = floor(add(add(mul(slope, u), rate), 0.43));
      const isQuick = and(ge(us, 0.07), le(w, v));
      const isZero = lt(count, 1);
      const k = where(isZero, 1, count);
      // k log(rate) - rate - log k!, by what k is beyond the rate, which keeps its digits where both are large.
      const beyond = sub(k, rate);
      const ofMore = sub(
        add(mul(k, log1p(div(neg(beyond), k))), beyond),
        add(mul(0.5, log(mul(k, 2 * Math.PI))), stirlingRemainder(k)),
      );
      const logProbability = where(isZero, neg(rate), ofMore);
      const logBound = sub(log(mul(w, inverseAlpha)), log(add(div(a, square(us)), b)));
      const accepted = and(ge(count, 0), or(isQuick, le(logBound, logProbability)));
      const isFirst = and(accepted, lt(state.done, 0.5));
      return {
        carry: { count: where(isFirst, count, state.count), done: where(accepted, 1, state.done) },
        y: undefined,
      };
    },
    { count: floor(rate), done: zeros(rate.shape) },
    arange(attempts, "u32"),
  );
  return carry.count;
}

/**
 * Poisson counts (i32) of the rate `rate`, which broadcasts to `shape`: below 10 by going through the counts, from there on by Hoermann's transformed rejection (PTRS) with 19 attempts, all of which fail once in
 * 2e11 draws; the count is then the rate. 0 gives 0, and counts beyond 2^31 - 1 that number; -1 stands for the count of NaN and of negative rates. No gradient flows.
 */
export function poisson(key: Tensor, rate: TensorLike, shape: Shape): Tensor {
  expectWithin("poisson", shape, rate);
  const [small, big] = split(key);
  const [given] = broadcastOperands("poisson", [rate], shape);
  const lambda = cast(stopGradient(given), "f32");
  const isLarge = ge(lambda, large);
  const isRate = ge(lambda, 0);
  const within = and(isRate, lt(lambda, large));
  const search = bySearch(small, where(within, lambda, 0));
  const rejection = byRejection(big, where(isLarge, minimum(lambda, 2 ** 31), large));
  return cast(
    where(isRate, where(isLarge, where(gt(lambda, 2 ** 31), lambda, rejection), search), -1),
    "i32",
  );
}
