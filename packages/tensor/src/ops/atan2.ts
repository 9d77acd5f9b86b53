import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, atan, div, mul, sign, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { isinf, isnan } from "./classification.js";
import { eq, gt } from "./comparison.js";
import { and, not } from "./logic.js";
import { signbit } from "./signbit.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/**
 * The angle in radians, from -pi to pi, of the point with the coordinates `x` and `y`: NumPy's arctan2. Zeros have signs, as IEEE 754 has it: a point
 * on the negative half of the first axis has the angle pi or -pi. The gradient at the origin is 0.
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
  const origin = and(eq(larger, 0), not(isnan(smaller)));
  const side = sub(1, mul(2, cast(signbit(v), v.dtype)));
  const near = atan(where(origin, 0, div(smaller, where(origin, 1, larger))));
  const flat = where(signbit(u), add(mul(side, Math.PI), near), where(origin, mul(side, 0), near));
  return where(steep, sub(mul(side, Math.PI / 2), near), flat);
}
