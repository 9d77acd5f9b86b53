import { isFloat } from "../dtype.js";
import { describe, expectChoice, expectDType, expectOptions, expectSameDType } from "../primitives/expect.js";
import { sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, minimum, mul } from "./arithmetic.js";
import { isnan } from "./classification.js";
import { le, lt } from "./comparison.js";
import { iota, zeros } from "./creation.js";
import { take } from "./indexing.js";
import { and, not, or } from "./logic.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/** Which place among equals. */
export interface SearchOptions {
  /** Before all elements that are equal ("left"), or after them ("right"). Default "left". */
  readonly side?: "left" | "right";
}

/**
 * Where each of `values` would stand in `sorted` (ascending), i32 from 0 to the extent: the number of elements before it. `sorted` is a list [N] for values of any shape, or [...batch,N] with a
 * row for each row of values [...batch,M]: PyTorch's searchsorted. Takes log2 N steps per value. NaN stands last.
 */
export function searchsorted(sorted: Tensor, values: Tensor, options: SearchOptions = {}): Tensor {
  const op = "searchsorted";
  expectDType(op, "sorted", sorted, "numeric");
  expectDType(op, "values", values, "numeric");
  expectSameDType(op, [sorted, values]);
  expectOptions(op, options, ["side"]);
  const { side = "left" } = options;
  expectChoice(op, "side", side, ["left", "right"]);
  const batch = sorted.shape.slice(0, -1);
  const extent = sorted.shape.at(-1);
  if (extent === undefined || (batch.length > 0 && !sameShape(batch, values.shape.slice(0, -1)))) {
    throw new Error(
      `${op}: expected sorted [N], or [...batch,N] for values [...batch,M], got ${describe(sorted)} and ${describe(values)}`,
    );
  }
  let position = zeros(values.shape, "i32");
  if (extent === 0 || sizeOf(values.shape) === 0) return position;
  const elements = reshape(sorted, [sizeOf(sorted.shape)]);
  // The element before the first of each row.
  const before =
    batch.length === 0 ? -1 : add(mul(reshape(iota([sizeOf(batch)], 0), [...batch, 1]), extent), -1);
  for (let step = 2 ** Math.floor(Math.log2(extent)); step >= 1; step /= 2) {
    const further = add(position, step);
    const element = take(elements, add(minimum(further, extent), before), 0);
    position = where(and(le(further, extent), precedes(element, values, side)), further, position);
  }
  return position;
}

/** Whether an element of a sorted list stands before where a value would: NaN is above all numbers, and equal to itself. */
function precedes(element: Tensor, value: Tensor, side: "left" | "right"): Tensor {
  const less = (side === "left" ? lt : le)(element, value);
  if (!isFloat(value.dtype)) return less;
  const last = isnan(value);
  return or(less, side === "left" ? and(last, not(isnan(element))) : last);
}
