import {
  describe,
  expectDType,
  expectOptions,
  expectTensor,
  expectValue,
  normalizeAxis,
  show,
} from "../primitives/expect.js";
import { sameShape, sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, minimum, rem } from "./arithmetic.js";
import { cast } from "./cast.js";
import { lt, ne } from "./comparison.js";
import { stack } from "./concat.js";
import { full, iota } from "./creation.js";
import { cumsum } from "./cumsum.js";
import { take } from "./indexing.js";
import { reshape } from "./reshape.js";
import { searchsorted } from "./searchsorted.js";
import { where } from "./where.js";

// A shape cannot depend on values, so whoever calls says how many elements there are at most; `fill` stands after the last.

/** How many there are at most, and what stands where there are fewer. */
export interface SizeOptions {
  readonly size: number;
  readonly fill?: number;
}

/** Throws unless `size` is a whole number. */
export function expectSize(op: string, size: unknown): void {
  if (Number.isInteger(size) && Number(size) >= 0) return;
  throw new Error(`${op}: size must say how many elements the result has, a whole number, got ${show(size)}`);
}

/** The positions (i32 [size]) of what is true in `condition` [n], and n after the last. */
export function positionsOf(condition: Tensor, size: number): Tensor {
  const count = condition.shape[0]!;
  if (count === 0) return full([size], 0, "i32");
  // The k-th is the first that so many are up to.
  return searchsorted(cumsum(cast(condition, "i32"), 0), add(iota([size], 0), 1));
}

/**
 * The indices of the elements that are not 0, in row-major order: i32 [size, rank], as PyTorch's nonzero with JAX's `size`. Where there are fewer, the rest is `fill`, -1 unless given; what is beyond
 * `size` is left out. `sum(cast(ne(x, 0), "i32"))` counts them.
 */
export function nonzero(x: Tensor, options: SizeOptions): Tensor {
  expectTensor("nonzero", "x", x);
  expectOptions("nonzero", options, ["size", "fill"], "nonzero(x, { size: 10 })");
  const { size, fill = -1 } = options;
  expectSize("nonzero", size);
  expectValue("nonzero", fill, "i32");
  const rank = x.shape.length;
  const count = sizeOf(x.shape);
  if (rank === 0 || count === 0) {
    if (rank > 0) return full([size, rank], fill, "i32");
    throw new Error("nonzero: x is a scalar, which has no index; reshape it to [1]");
  }
  const flat = reshape(x.dtype === "bool" ? x : ne(x, 0), [count]);
  const position = positionsOf(flat, size);
  const found = lt(position, count);
  const strides = stridesOf(x.shape);
  const along = x.shape.map((extent, axis) => {
    const index = rem(div(position, strides[axis]!), extent);
    return where(found, index, fill);
  });
  return stack(along, 1);
}

/** What `compress` is told. */
export interface CompressOptions extends SizeOptions {
  /** Along which axis entries are chosen. Default: elements of the flattened x are, by a condition of its shape. */
  readonly axis?: number;
}

/**
 * The entries of x where `condition` (bool) is true, in their order: NumPy's compress along an axis, whose extent the condition has, or without one PyTorch's masked_select. There are `size` of them:
 * what is beyond is left out, and `fill` (0 unless given) stands after the last. Differentiable in x.
 */
export function compress(x: Tensor, condition: Tensor, options: CompressOptions): Tensor {
  const op = "compress";
  expectTensor(op, "x", x);
  expectDType(op, "condition", condition, "bool");
  expectOptions(op, options, ["size", "fill", "axis"], "compress(x, condition, { size: 10 })");
  const { size, fill = 0, axis } = options;
  expectSize(op, size);
  expectValue(op, fill, x.dtype);
  if (axis === undefined) {
    if (!sameShape(condition.shape, x.shape)) {
      throw new Error(
        `${op}: without an axis, condition must have the shape of x, got condition ${describe(condition)} for x ${describe(x)}`,
      );
    }
    const count = [sizeOf(x.shape)];
    return chosen(reshape(x, count), reshape(condition, count), 0, size, fill);
  }
  const resolved = normalizeAxis(op, axis, x.shape.length);
  if (condition.shape.length !== 1 || condition.shape[0] !== x.shape[resolved]) {
    throw new Error(
      `${op}: condition must be [${x.shape[resolved]}], the extent of axis ${resolved}, got condition ${describe(condition)} for x ${describe(x)}`,
    );
  }
  return chosen(x, condition, resolved, size, fill);
}

function chosen(x: Tensor, condition: Tensor, axis: number, size: number, fill: number): Tensor {
  const extent = x.shape[axis]!;
  const shape = x.shape.with(axis, size);
  if (extent === 0 || sizeOf(shape) === 0) return full(shape, fill, x.dtype);
  const position = positionsOf(condition, size);
  const entries = take(x, minimum(position, extent - 1), axis);
  const found = lt(position, extent);
  const along = shape.map((_, i) => (i === axis ? size : 1));
  return where(reshape(found, along), entries, fill);
}
