import {
  abs,
  add,
  div,
  exp,
  floor,
  log,
  maximum,
  minimum,
  mul,
  neg,
  sqrt,
  square,
  sub,
} from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { ge, gt, le } from "../ops/comparison.js";
import { stopGradient } from "../ops/control.js";
import { log1p } from "../ops/log1p.js";
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

/** Numbers whose mean is below this one are drawn by going through the counts. */
const large = 10;
/** Of a mean of 10, more has a probability of 1e-9. */
const counts = 36;
/** Each attempt fails with probability 0.3 at most, so that a number is left without with 4e-11. */
const attempts = 20;

/** Hoermann's transformed rejection with squeeze (1993), BTRS, for p of at most 1/2 and means of at least 10. */
function transformedRejection(key: Tensor, n: Tensor, p: Tensor): Tensor {
  const mean = mul(n, p);
  const others = sub(n, mean);
  const deviation = sqrt(mul(mean, sub(1, p)));
  const b = add(1.15, mul(2.53, deviation));
  const a = add(-0.0873, add(mul(0.0248, b), mul(0.01, p)));
  const alpha = mul(add(2.83, div(5.1, b)), deviation);
  const v = sub(0.92, div(4.2, b));
  const mode = floor(mul(add(n, 1), p));
  // But for a constant, the logarithm of the probability of k of n is that of two Poisson counts, of k and of n - k.
  const logProbability = (k: Tensor): Tensor => add(logPoisson(k, mean), logPoisson(sub(n, k), others));
  const most = logProbability(mode);
  return byRejection(key, attempts, mode, (first, second) => {
    const u = sub(uniform(first, n.shape), 0.5);
    const w = aboveZero("binomial", second, n.shape);
    const us = sub(0.5, abs(u));
    const slope = add(div(mul(a, 2), us), b);
    const count = floor(add(add(mul(slope, u), mean), 0.5));
    const isCount = and(ge(count, 0), le(count, n));
    const isQuick = and(ge(us, 0.07), le(w, v));
    const logBound = sub(log(mul(w, alpha)), log(add(div(a, square(us)), b)));
    const logRatio = sub(logProbability(where(isCount, count, mode)), most);
    return { draw: count, accepted: and(isCount, or(isQuick, le(logBound, logRatio))) };
  });
}

/**
 * Binomial counts (i32), how many of `n` trials succeed with probability `p`; both broadcast to `shape`. Means below 10 by going through the counts, from there on by Hoermann's transformed rejection (BTRS) with 20
 * attempts, all of which fail once in 2e10 draws; the count is then the likeliest. The order of parameters is JAX's. `n` is rounded down and exact up to 2^24; -1 stands for the count where `n` is negative or
 * infinite, `p` is not from 0 to 1, or one of them is NaN. No gradient flows.
 */
export function binomial(key: Tensor, n: TensorLike, p: TensorLike, shape: Shape): Tensor {
  expectWithin("binomial", shape, n, p);
  const [small, big] = split(key);
  const float = (x: TensorLike): Tensor => {
    const [given] = broadcastOperands("binomial", [x], shape);
    return cast(stopGradient(given), "f32");
  };
  const [trials, chance] = [floor(float(n)), float(p)];
  const isLaw = and(and(ge(trials, 0), le(trials, 2 ** 31)), and(ge(chance, 0), le(chance, 1)));
  const isMore = gt(chance, 0.5);
  const rare = where(isLaw, where(isMore, sub(1, chance), chance), 0);
  const count = where(isLaw, trials, 0);
  const isLarge = ge(mul(count, rare), large);
  const below = where(isLarge, 0, rare);
  const odds = div(below, sub(1, below));
  const search = bySearch("binomial", small, counts, exp(mul(count, log1p(neg(below)))), (k) =>
    mul(div(maximum(sub(count, sub(k, 1)), 0), k), odds),
  );
  const rejection = transformedRejection(big, where(isLarge, count, 2 * large), where(isLarge, rare, 0.5));
  const drawn = where(isLarge, rejection, minimum(search, count));
  return cast(where(isLaw, where(isMore, sub(count, drawn), drawn), -1), "i32");
}
