import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, atan, div, mul, sign, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { isinf } from "./classification.js";
import { eq, gt, lt } from "./comparison.js";
import { and } from "./logic.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/**
 * The angle in radians, from -pi to pi, of the point with the coordinates `x` and `y`: NumPy's arctan2. Of the origin it is 0, with gradient 0; a zero has no sign
 * here, so that a point on the negative half of the first axis has the angle pi.
 */
export function atan2(y: TensorLike, x: TensorLike): Tensor {
  const [rise, run] = broadcastOperands("atan2", [y, x]);
  expectDType("atan2", "y", rise, "float");
  expectDType("atan2", "x", run, "float");
  // What lies between two infinities is halfway.
  const both = and(isinf(rise), isinf(run));
  const [v, u] = [where(both, sign(rise), rise), where(both, sign(run), run)];
  // The smaller coordinate by the larger one, which is 0 at the origin alone.
  const steep = gt(abs(v), abs(u));
  const [smaller, larger] = [where(steep, u, v), where(steep, v, u)];
  const origin = eq(larger, 0);
  const near = atan(where(origin, 0, div(smaller, where(origin, 1, larger))));
  const side = sub(1, mul(2, cast(lt(v, 0), v.dtype)));
  const behind = where(lt(u, 0), mul(side, Math.PI), 0);
  return where(steep, sub(mul(side, Math.PI / 2), near), add(behind, near));
}
