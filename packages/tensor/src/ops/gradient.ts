import { describe, expectDType, expectOptions, normalizeAxis, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./arithmetic.js";
import { concat } from "./concat.js";
import { diff } from "./diff.js";
import { placesAlong } from "./placesAlong.js";
import { narrow } from "./slice.js";
import type { TensorLike } from "./tensorLike.js";

/** How `gradient` ends. */
export interface GradientOptions {
  /** Of which order the error is at the two ends: 1, by the two elements there, or 2, by three. Default 1. */
  readonly edgeOrder?: 1 | 2;
}

/**
 * The derivative along `axis` of y, whose values are a distance `x` apart or at places x, a list [N] or a tensor that broadcasts to the shape of y, by central differences: of second order within, of
 * uneven places too (Fornberg, 1988), at the ends as `edgeOrder` says. NumPy's, PyTorch's and JAX's `gradient`, one axis at a time. Needs an element more than `edgeOrder`.
 */
export function gradient(y: Tensor, x: TensorLike = 1, axis = -1, options: GradientOptions = {}): Tensor {
  const op = "gradient";
  expectDType(op, "y", y, "float");
  expectOptions(op, options, ["edgeOrder"]);
  const { edgeOrder = 1 } = options;
  if (edgeOrder !== 1 && edgeOrder !== 2) {
    throw new Error(`${op}: edgeOrder must be 1 or 2, got ${show(edgeOrder)}`);
  }
  const resolved = normalizeAxis(op, axis, y.shape.length);
  const places = placesAlong(op, y, x, resolved);
  const extent = y.shape[resolved]!;
  if (extent <= edgeOrder) {
    throw new Error(
      `${op}: edgeOrder ${edgeOrder} needs ${edgeOrder + 1} elements or more along axis ${resolved}, got y ${describe(y)}`,
    );
  }
  const part = (of: Tensor, start: number, count: number): Tensor => narrow(of, resolved, start, count);
  const distance = typeof places === "number" ? places : diff(places, resolved);
  const slopes = div(diff(y, resolved), distance);

  /** At an end: the slope beside it and, to second order, what it differs by from the next one, for the way from the middle of its two elements. */
  const end = (beside: number, next: number): Tensor => {
    const slope = part(slopes, beside, 1);
    if (edgeOrder === 1) return slope;
    const change = sub(slope, part(slopes, next, 1));
    if (typeof distance === "number") return add(slope, mul(change, 0.5));
    const [own, other] = [part(distance, beside, 1), part(distance, next, 1)];
    return add(slope, mul(change, div(own, add(own, other))));
  };

  const inside = extent - 2;
  const within = (): Tensor => {
    if (typeof distance === "number") {
      return div(sub(part(y, 2, inside), part(y, 0, inside)), 2 * distance);
    }
    // The slopes to both sides, each by the distance of the other.
    const [before, after] = [part(distance, 0, inside), part(distance, 1, inside)];
    const weighed = add(mul(part(slopes, 0, inside), after), mul(part(slopes, 1, inside), before));
    return div(weighed, add(before, after));
  };
  return concat([end(0, 1), within(), end(inside, inside - 1)], resolved);
}
