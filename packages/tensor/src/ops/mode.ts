import { expectDType, expectOptions, normalizeAxis } from "../primitives/expect.js";
import { expectElements } from "../primitives/reduce.js";
import type { Tensor } from "../tensor.js";
import { isScalarAxis } from "./axes.js";
import { cast } from "./cast.js";
import { eq } from "./comparison.js";
import { iota } from "./creation.js";
import { and } from "./logic.js";
import { max, min, type ReductionOptions, sum } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";
import { takeAlongAxis } from "./takeAlongAxis.js";
import { where } from "./where.js";

/**
 * The most frequent element along `axis`, of several the smallest, and the last position where it is (i32): PyTorch's `mode`. NaN is equal to nothing, so that it is only where there is nothing else. The
 * gradient goes to that position. Takes as many steps per element as the axis has.
 */
export function mode(
  x: Tensor,
  axis = -1,
  options: ReductionOptions = {},
): { readonly values: Tensor; readonly indices: Tensor } {
  const op = "mode";
  expectDType(op, "x", x, "any");
  expectOptions(op, options, ["keepDims"]);
  if (isScalarAxis(x, axis)) {
    const { values, indices } = mode(reshape(x, [1]), 0);
    return { values: reshape(values, []), indices: reshape(indices, []) };
  }
  const resolved = normalizeAxis(op, axis, x.shape.length);
  expectElements(op, [resolved], x);
  const kept = { keepDims: true };
  const values = x.dtype === "bool" ? cast(x, "i32") : x;
  const count = sum(eq(expandDims(values, resolved), expandDims(values, resolved + 1)), resolved + 1);
  const isFrequent = eq(count, max(count, resolved, kept));
  const highest =
    values.dtype === "i32" ? 2 ** 31 - 1 : values.dtype === "u32" ? 2 ** 32 - 1 : Number.POSITIVE_INFINITY;
  const smallest = min(where(isFrequent, values, highest), resolved, kept);
  const isIt = and(isFrequent, eq(values, smallest));
  const indices = max(where(isIt, iota(x.shape, resolved), 0), resolved, kept);
  const found = takeAlongAxis(x, indices, resolved);
  if (options.keepDims) return { values: found, indices };
  const shape = x.shape.toSpliced(resolved, 1);
  return { values: reshape(found, shape), indices: reshape(indices, shape) };
}
