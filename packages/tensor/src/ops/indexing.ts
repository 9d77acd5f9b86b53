import type { DType } from "../dtype.js";
import { expectDType, expectDTypeName, expectTensor, normalizeAxis, show } from "../primitives/expect.js";
import { expectPlaces } from "../primitives/gather.js";
import { apply, type Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { eq } from "./comparison.js";
import { iota } from "./creation.js";
import { expandDims } from "./reshape.js";
import { signedIndices } from "./signedIndices.js";

/**
 * The entries of `x` along `axis` at `indices` (i32 or u32); the shape of `indices` takes the place of the axis. An index out of range
 * is clamped; an axis of extent 0 takes empty indices alone.
 */
export function take(x: Tensor, indices: Tensor, axis: number): Tensor {
  expectTensor("take", "x", x);
  expectDType("take", "indices", indices, "integer");
  const resolved = normalizeAxis("take", axis, x.shape.length);
  expectPlaces("take", x.shape[resolved]!, indices);
  return apply("gather", [x, signedIndices(indices, x.shape[resolved]!)], { axis: resolved });
}

/**
 * Zeros with each entry of `updates` added where `indices` say, along an axis of extent `size`: the adjoint of `take`.
 * `updates` has the shape of `indices` from `axis` on. An index out of range is clamped.
 */
export function scatterAdd(updates: Tensor, indices: Tensor, axis: number, size: number): Tensor {
  expectTensor("scatterAdd", "updates", updates);
  expectDType("scatterAdd", "indices", indices, "integer");
  return apply("scatterAdd", [updates, indices], {
    // Negative axes count in the result, where `size` stands for the axes of `indices`.
    axis: normalizeAxis("scatterAdd", axis, updates.shape.length - indices.shape.length + 1),
    size,
  });
}

/** 1 at each index and 0 elsewhere along a new last axis of extent `depth`; all 0 for an index out of range. */
export function oneHot(indices: Tensor, depth: number, dtype: DType = "f32"): Tensor {
  expectDType("oneHot", "indices", indices, "integer");
  expectDTypeName("oneHot", dtype);
  if (!Number.isInteger(depth) || depth < 0) {
    throw new Error(`oneHot: depth must be a whole number, got ${show(depth)}`);
  }
  const column = expandDims(indices, -1);
  const positions = iota([...indices.shape.map(() => 1), depth], -1, indices.dtype === "u32" ? "u32" : "i32");
  return cast(eq(column, positions), dtype);
}
