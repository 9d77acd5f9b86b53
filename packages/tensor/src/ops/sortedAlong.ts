import { describe, expectDType, normalizeAxis } from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { isScalarAxis } from "./axes.js";
import { reshape } from "./reshape.js";
import { sort } from "./sort.js";

/** The elements that an order is asked of. */
export interface SortedAlong {
  /** x, or all of it as one row. */
  readonly rows: Tensor;
  /** The axis of `rows` that they are along. */
  readonly axis: number;
  /** In ascending order, NaN last. */
  readonly sorted: Tensor;
  /** A value with the axis of extent 1 as the result has it. */
  readonly shaped: (value: Tensor) => Tensor;
}

/** The elements along an axis, or of all, in ascending order; an error where there are none. */
export function sortedAlong(
  op: string,
  x: Tensor,
  given: number | undefined,
  keepDims: boolean,
  accepts: "float" | "numeric" = "float",
): SortedAlong {
  expectDType(op, "x", x, accepts);
  const all = given === undefined || isScalarAxis(x, given);
  const axis = all ? 0 : normalizeAxis(op, given, x.shape.length);
  const rows = all ? reshape(x, [sizeOf(x.shape)]) : x;
  if (rows.shape[axis] === 0) {
    throw new Error(
      `${op}: there are no elements to choose from in x ${describe(x)}; leave such a tensor out`,
    );
  }
  const kept = all ? x.shape.map(() => 1) : rows.shape.with(axis, 1);
  const left = all ? [] : rows.shape.toSpliced(axis, 1);
  return {
    ...{ rows, axis, sorted: sort(rows, axis) },
    shaped: (value) => reshape(value, keepDims ? kept : left),
  };
}
