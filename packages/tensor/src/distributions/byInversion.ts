import { cos, div, log, mul, neg, sin, sub } from "../ops/arithmetic.js";
import { log1p } from "../ops/log1p.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { aboveZero, tailAndSide } from "./unitInterval.js";

// By the inverse of the distribution function, of a number from the open unit interval. Location and scale are applied by the caller, `add(mul(laplace(key, shape), scale), location)`,
// and have gradients that way.

/** Exponential f32 with mean 1: -log(u). From 6e-8 to 22.9. */
export const exponential = (key: Tensor, shape: Shape): Tensor =>
  neg(log(aboveZero("exponential", key, shape)));

/** Standard Gumbel f32, the extreme value distribution: -log(-log(1 - u)). From -2.81 to 22.9. */
export const gumbel = (key: Tensor, shape: Shape): Tensor => gumbelFor("gumbel", key, shape);

/** The same in the name of another operation. */
export const gumbelFor = (op: string, key: Tensor, shape: Shape): Tensor =>
  neg(log(neg(log1p(neg(aboveZero(op, key, shape))))));

/** Laplace f32 with mean 0 and scale 1, exp(-|x|) / 2. Reaches 22.2 on both sides. */
export function laplace(key: Tensor, shape: Shape): Tensor {
  const { tail, side } = tailAndSide("laplace", key, shape);
  return mul(side, neg(log(tail)));
}

/** Logistic f32 with mean 0 and scale 1, whose distribution function is the sigmoid. Reaches 22.9 on both sides. */
export function logistic(key: Tensor, shape: Shape): Tensor {
  const { tail, side } = tailAndSide("logistic", key, shape);
  return mul(side, log(div(sub(2, tail), tail)));
}

/** Cauchy f32 with median 0 and scale 1: the cotangent of a part of a quarter turn. Reaches 2.7e9 on both sides. */
export function cauchy(key: Tensor, shape: Shape): Tensor {
  const { tail, side } = tailAndSide("cauchy", key, shape);
  const turn = mul(tail, Math.PI / 2);
  return mul(side, div(cos(turn), sin(turn)));
}
