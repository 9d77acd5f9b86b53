import { expectDType, expectSameDType } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcastTo.js";
import { full } from "./creation.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";

const isWhole = (x: TensorLike): x is number => typeof x === "number" && x === (x | 0);

/**
 * Elements of `a` where `condition` (bool) holds, of `b` elsewhere; the three broadcast. Of two numbers, whole ones make an i32, as `torch.where(c, 1, 0)` and `jnp.where(c, 1, 0)` are integers; others an
 * f32. JavaScript does not tell 1.0 from 1: for an f32 of whole numbers, `cast` the condition or the result.
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  expectDType("where", "condition", condition, "bool");
  const whole = isWhole(a) && isWhole(b);
  const [x, y] = broadcastOperands("where", [whole ? full([], a, "i32") : a, b], condition.shape);
  expectSameDType("where", [x, y]);
  return apply("select", [broadcastTo(condition, x.shape), x, y], {});
}
