import { expectDType, expectSameDType } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcastTo.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";

/** Elements of `a` where `condition` (bool) holds, of `b` elsewhere; the three broadcast. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  expectDType("where", "condition", condition, "bool");
  const [x, y] = broadcastOperands("where", [a, b], condition.shape);
  expectSameDType("where", [x, y]);
  return apply("select", [broadcastTo(condition, x.shape), x, y], {});
}
