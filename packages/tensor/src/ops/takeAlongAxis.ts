import { isFloat } from "../dtype.js";
import { describe, expectDType, expectTensor, normalizeAxis } from "../primitives/expect.js";
import { expectPlaces } from "../primitives/gather.js";
import { broadcastShapes, sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { isScalarAxis } from "./axes.js";
import { broadcastTo } from "./broadcastTo.js";
import { clip } from "./clip.js";
import { eq } from "./comparison.js";
import { full, iota } from "./creation.js";
import { take } from "./indexing.js";
import { sum } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";
import { signedIndices } from "./signedIndices.js";
import { where } from "./where.js";

/**
 * For each of `indices` (i32 or u32, of the rank of x) the element there along `axis`, in its own row: NumPy's take_along_axis, and PyTorch's gather where the other extents agree, which
 * broadcast here. An index out of range is clamped. Of floats, which have a gradient, it takes as many steps per index as the axis has elements, in both directions.
 */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis: number): Tensor {
  const op = "takeAlongAxis";
  expectTensor(op, "x", x);
  expectDType(op, "indices", indices, "integer");
  if (isScalarAxis(x, axis)) {
    const places = indices.shape.length === 0 ? reshape(indices, [1]) : indices;
    return reshape(takeAlongAxis(reshape(x, [1]), places, 0), indices.shape);
  }
  const resolved = normalizeAxis(op, axis, x.shape.length);
  if (indices.shape.length !== x.shape.length) {
    throw new Error(
      `${op}: indices must have the rank of x, got indices ${describe(indices)} for x ${describe(x)}; take has one list of indices for all rows`,
    );
  }
  const [extent, count] = [x.shape[resolved]!, indices.shape[resolved]!];
  expectPlaces(op, extent, indices);
  const others = broadcastShapes(op, x.shape.with(resolved, 1), indices.shape.with(resolved, 1));
  const shape = others.with(resolved, count);
  if (sizeOf(shape) === 0) return full(shape, 0, x.dtype);
  const places = broadcastTo(clip(signedIndices(indices, extent), 0, extent - 1), shape);
  const rows = broadcastTo(x, others.with(resolved, extent));
  if (!isFloat(x.dtype)) {
    const strides = stridesOf(rows.shape);
    const position = shape
      .map((_, i) => mul(i === resolved ? places : iota(shape, i), strides[i]!))
      .reduce((total, along) => add(total, along));
    return take(reshape(rows, [sizeOf(rows.shape)]), position, 0);
  }
  // [..., count, extent, ...]
  const here = eq(
    expandDims(places, resolved + 1),
    iota(shape.toSpliced(resolved + 1, 0, extent), resolved + 1),
  );
  return sum(where(here, expandDims(rows, resolved), 0), resolved + 1);
}
