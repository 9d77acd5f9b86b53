import { expectDType, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { cumsum } from "./cumsum.js";
import { diff } from "./diff.js";
import { placesAlong } from "./placesAlong.js";
import { sum } from "./reductions.js";
import { narrow } from "./slice.js";
import type { TensorLike } from "./tensorLike.js";

/** The areas between neighbours along an axis: one fewer than elements. */
function areas(op: string, y: Tensor, x: TensorLike, axis: number): { areas: Tensor; axis: number } {
  expectDType(op, "y", y, "float");
  const resolved = normalizeAxis(op, axis, y.shape.length);
  const places = placesAlong(op, y, x, resolved);
  const extent = y.shape[resolved]!;
  const rest = Math.max(0, extent - 1);
  const heights = add(narrow(y, resolved, Math.min(1, extent), rest), narrow(y, resolved, 0, rest));
  const halves = typeof places === "number" ? places / 2 : mul(diff(places, resolved), 0.5);
  return { areas: mul(heights, halves), axis: resolved };
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
