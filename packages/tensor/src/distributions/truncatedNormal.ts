import { add, div, erf, maximum, minimum, mul, sub } from "../ops/arithmetic.js";
import { cast } from "../ops/cast.js";
import { erfinv } from "../ops/erfinv.js";
import { broadcastOperands, type TensorLike } from "../ops/tensorLike.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { expectWithin } from "./expectWithin.js";
import { aboveZero } from "./unitInterval.js";

/**
 * Normal f32 numbers between `lower` and `upper`, which broadcast to `shape`, in standard deviations: sqrt(2) erfinv of a uniform number between erf of the bounds, as JAX's. That is as fine as f32
 * near 1 is: an interval wholly beyond 4 on one side has few different values, and one beyond 5.4 its bound alone. Gradients go to the bounds.
 */
export function truncatedNormal(key: Tensor, lower: TensorLike, upper: TensorLike, shape: Shape): Tensor {
  expectWithin("truncatedNormal", shape, lower, upper);
  const unit = aboveZero("truncatedNormal", key, shape);
  const [u, ...bounds] = broadcastOperands("truncatedNormal", [unit, lower, upper]);
  const [from, to] = [cast(bounds[0], "f32"), cast(bounds[1], "f32")];
  const [low, high] = [erf(div(from, Math.SQRT2)), erf(div(to, Math.SQRT2))];
  // Below 1, where erfinv is finite.
  const part = minimum(maximum(add(low, mul(sub(high, low), u)), -1 + 2 ** -24), 1 - 2 ** -24);
  return minimum(maximum(mul(erfinv(part), Math.SQRT2), from), to);
}
