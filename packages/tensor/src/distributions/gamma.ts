import { add, div, exp, log, mul, sqrt, square, sub } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { ge, gt, lt } from "../ops/comparison.js";
import { stopGradient } from "../ops/control.js";
import { log1p } from "../ops/log1p.js";
import { and } from "../ops/logic.js";
import { broadcastOperands, type TensorLike } from "../ops/tensorLike.js";
import { where } from "../ops/where.js";
import { normal, split } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { byRejection } from "./byRejection.js";
import { expectWithin } from "./expectWithin.js";
import { aboveZero } from "./unitInterval.js";

/** Each attempt fails with probability 0.05 at most, so that a number is left without with 4e-11. */
const attempts = 8;

/**
 * A gamma number in two parts, whose sum is its logarithm: that of a number of the shape a, or a + 1 below 1, and what makes that one of a, log(u) / a, which is far below the
 * range of f32 where a is small.
 */
export function logGammaParts(
  op: string,
  key: Tensor,
  a: TensorLike,
  shape: Shape,
): { readonly draw: Tensor; readonly boost: Tensor } {
  expectWithin(op, shape, a);
  const [boosting, attempting] = split(key);
  const unit = aboveZero(op, boosting, shape);
  const [u, given] = broadcastOperands(op, [unit, a]);
  const concentration = cast(stopGradient(given), "f32");
  const isSmall = lt(concentration, 1);
  const d = sub(where(isSmall, add(concentration, 1), concentration), 1 / 3);
  const c = div(1, sqrt(mul(d, 9)));
  // Marsaglia and Tsang (2000): d v with v = (1 + c x)^3 and x normal is accepted where log(u) < x^2 / 2 + d - d v + d log(v). With v = 1 + w the last terms are
  // d (log(1 + w) - w), which keeps its digits where d is large.
  const accepted = byRejection(attempting, attempts, d, (forNormal, forUniform) => {
    const x = normal(forNormal, shape);
    const t = mul(c, x);
    const w = mul(t, add(3, mul(t, add(3, t))));
    const isPositive = gt(t, -1);
    const logarithm = mul(3, log1p(where(isPositive, t, 0)));
    const bound = add(mul(square(x), 0.5), mul(d, sub(logarithm, w)));
    return {
      draw: mul(d, add(1, w)),
      accepted: and(isPositive, lt(log(aboveZero(op, forUniform, shape)), bound)),
    };
  });
  const draw = where(ge(concentration, 0), accepted, Number.NaN);
  return { draw, boost: where(isSmall, div(log(u), concentration), 0) };
}

/**
 * Gamma f32 numbers of the shape parameter `a`, which broadcasts to `shape`, and scale 1: by Marsaglia and Tsang's method with 8 attempts, all of which fail once in 2e10 draws; the number is then that of
 * the mode. Below 1 by a number of a + 1, times u^(1/a). 0 gives 0, infinity itself, NaN and negative numbers NaN. A scale has the gradient of the product; none flows to `a`, unlike JAX's, as that of the
 * accepted number would be biased.
 */
export function gamma(key: Tensor, a: TensorLike, shape: Shape): Tensor {
  const { draw, boost } = logGammaParts("gamma", key, a, shape);
  return mul(draw, exp(boost));
}
