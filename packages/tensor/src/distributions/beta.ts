import { sigmoid } from "../ops/activations.js";
import { add, log, sub } from "../ops/arithmetic.js";
import type { TensorLike } from "../ops/tensorLike.js";
import { split } from "../random.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { logGammaParts } from "./gamma.js";

/**
 * Beta f32 numbers, from 0 to 1, of the parameters `a` and `b`, which broadcast to `shape`: x / (x + y) of gamma numbers x and y, by their logarithms, so that small
 * parameters have neither 0 / 0. 0 where `a` is 0, 1 where `b` is; NaN where both are, or are infinite, and of NaN and negative ones. No gradient flows to the parameters.
 */
export function beta(key: Tensor, a: TensorLike, b: TensorLike, shape: Shape): Tensor {
  const [first, second] = split(key);
  const [x, y] = [logGammaParts("beta", first, a, shape), logGammaParts("beta", second, b, shape)];
  return sigmoid(add(sub(log(x.draw), log(y.draw)), sub(x.boost, y.boost)));
}
