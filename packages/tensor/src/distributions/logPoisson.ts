import { add, div, log, mul, neg, reciprocal, square, sub } from "../ops/arithmetic.js";
import { lt } from "../ops/comparison.js";
import { log1p } from "../ops/log1p.js";
import { where } from "../ops/where.js";
import type { Tensor } from "../tensor.js";

/** log k! - ((k + 1/2) log k - k + log(2 pi) / 2) by Stirling's series: to 3e-4 for k = 1, 1e-6 from 3 on. */
function stirlingRemainder(k: Tensor): Tensor {
  const r = reciprocal(k);
  const r2 = square(r);
  return mul(r, sub(1 / 12, mul(r2, sub(1 / 360, mul(r2, sub(1 / 1260, mul(r2, 1 / 1680)))))));
}

/** The logarithm of the probability of so many counts, which are at least 0, at a rate: k log(rate) - rate - log k!, by what k is beyond the rate, which keeps its digits where both are large. */
export function logPoisson(count: Tensor, rate: Tensor): Tensor {
  const isZero = lt(count, 1);
  const k = where(isZero, 1, count);
  const beyond = sub(k, rate);
  const ofMore = sub(
    add(mul(k, log1p(div(neg(beyond), k))), beyond),
    add(mul(0.5, log(mul(k, 2 * Math.PI))), stirlingRemainder(k)),
  );
  return where(isZero, neg(rate), ofMore);
}
