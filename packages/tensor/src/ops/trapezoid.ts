import { describe, expectDType, expectSameDType, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { cumsum } from "./cumsum.js";
import { diff } from "./diff.js";
import { sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { narrow } from "./slice.js";
import { expectTensorLike, type TensorLike } from "./tensorLike.js";

/** The areas between neighbours along an axis: one fewer than elements. */
function areas(op: string, y: Tensor, x: TensorLike, axis: number): { areas: Tensor; axis: number } {
  expectDType(op, "y", y, "float");
  expectTensorLike(op, "x", x);
  const resolved = normalizeAxis(op, axis, y.shape.length);
  const extent = y.shape[resolved]!;
  const rest = Math.max(0, extent - 1);
  const heights = add(narrow(y, resolved, Math.min(1, extent), rest), narrow(y, resolved, 0, rest));
  if (typeof x === "number") return { areas: mul(heights, x / 2), axis: resolved };
  expectSameDType(op, [y, x]);
  const isList = x.shape.length === 1 && x.shape[0] === extent;
  const stretches =
    x.shape.length === y.shape.length &&
    x.shape.every((places, i) => places === y.shape[i] || (places === 1 && i !== resolved));
  if (!isList && !stretches) {
    throw new Error(
      `${op}: x must be a distance, the ${extent} places along axis ${resolved}, or of the shape of y or broadcast to it, got ${describe(x)} for y ${describe(y)}`,
    );
  }
  const places = isList
    ? reshape(
        x,
        y.shape.map((_, i) => (i === resolved ? extent : 1)),
      )
    : x;
  return { areas: mul(heights, mul(diff(places, resolved), 0.5)), axis: resolved };
}

/**
 * The integral of y along `axis` by the trapezoidal rule, of values that are a distance `x` apart or at places x, a list [N] or a tensor that broadcasts to the shape of y: NumPy's, PyTorch's and JAX's `trapezoid`.
 */
export function trapezoid(y: Tensor, x: TensorLike = 1, axis = -1): Tensor {
  const parts = areas("trapezoid", y, x, axis);
  return sum(parts.areas, parts.axis);
}

/** The integrals of `trapezoid` up to each element but the first: PyTorch's `cumulative_trapezoid`. */
export function cumulativeTrapezoid(y: Tensor, x: TensorLike = 1, axis = -1): Tensor {
  const parts = areas("cumulativeTrapezoid", y, x, axis);
  return cumsum(parts.areas, parts.axis);
}
