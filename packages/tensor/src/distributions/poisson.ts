import { abs, add, div, exp, floor, log, minimum, mul, neg, sqrt, square, sub } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { ge, gt, le, lt } from "../ops/comparison.js";
import { stopGradient } from "../ops/control.js";
import { and, or } from "../ops/logic.js";
import { broadcastOperands, type TensorLike } from "../ops/tensorLike.js";
import { where } from "../ops/where.js";
import { split, uniform } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { byRejection } from "./byRejection.js";
import { bySearch } from "./bySearch.js";
import { expectWithin } from "./expectWithin.js";
import { logPoisson } from "./logPoisson.js";
import { aboveZero } from "./unitInterval.js";

/** Rates below this one are drawn by going through the counts. */
const large = 10;
/** Of a rate of 10, more has a probability of 1e-9. */
const counts = 36;
/** Each attempt fails with probability 0.25 at most, so that a number is left without with 4e-12. */
const attempts = 19;

/** Hoermann's transformed rejection with squeeze (1993), PTRS, for rates of at least 10. */
function transformedRejection(key: Tensor, rate: Tensor): Tensor {
  const b = add(0.931, mul(2.53, sqrt(rate)));
  const a = add(-0.059, mul(0.02483, b));
  const inverseAlpha = add(1.1239, div(1.1328, sub(b, 3.4)));
  const v = sub(0.9277, div(3.6224, sub(b, 2)));
  return byRejection(key, attempts, floor(rate), (first, second) => {
    const u = sub(uniform(first, rate.shape), 0.5);
    const w = aboveZero("poisson", second, rate.shape);
    const us = sub(0.5, abs(u));
    const slope = add(div(mul(a, 2), us), b);
    const count = floor(add(add(mul(slope, u), rate), 0.43));
    const isQuick = and(ge(us, 0.07), le(w, v));
    const logBound = sub(log(mul(w, inverseAlpha)), log(add(div(a, square(us)), b)));
    const accepted = and(ge(count, 0), or(isQuick, le(logBound, logPoisson(count, rate))));
    return { draw: count, accepted };
  });
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
  const rare = where(within, lambda, 0);
  const search = bySearch("poisson", small, counts, exp(neg(rare)), (k) => div(rare, k));
  const rejection = transformedRejection(big, where(isLarge, minimum(lambda, 2 ** 31), large));
  return cast(
    where(isRate, where(isLarge, where(gt(lambda, 2 ** 31), lambda, rejection), search), -1),
    "i32",
  );
}
