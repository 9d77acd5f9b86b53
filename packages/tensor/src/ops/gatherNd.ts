import { describe, expectDType, expectTensor } from "../primitives/expect.js";
import { type Shape, sizeOf, stridesOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { cast } from "./cast.js";
import { clip } from "./clip.js";
import { ge, lt } from "./comparison.js";
import { chunk } from "./concat.js";
import { full } from "./creation.js";
import { take } from "./indexing.js";
import { and } from "./logic.js";
import { reshape, squeeze } from "./reshape.js";
import { signedIndices } from "./signedIndices.js";
import { where } from "./where.js";

/** Elements of the first axes of a tensor, named by several indices each. */
interface FlatIndex {
  /** i32 [...places]: row-major within the first axes. */
  readonly position: Tensor;
  readonly places: Shape;
  /** Of the axes that are named. */
  readonly extents: Shape;
  /** Of the others. */
  readonly rest: Shape;
}

/** Indices [...places,K] of the first K axes of x as positions in them; what is out of range is clamped, or dropped as -1. */
export function flatIndex(op: string, x: Tensor, indices: Tensor, outside: "clamp" | "drop"): FlatIndex {
  expectTensor(op, "x", x);
  expectDType(op, "indices", indices, "integer");
  const named = indices.shape.at(-1);
  if (named === undefined || named < 1 || named > x.shape.length) {
    throw new Error(
      `${op}: expected indices [...,K] with K from 1 to the rank of x, got indices ${describe(indices)} for x ${describe(x)}`,
    );
  }
  const places = indices.shape.slice(0, -1);
  const extents = x.shape.slice(0, named);
  const rest = x.shape.slice(named);
  if (sizeOf(extents) === 0 && sizeOf(places) > 0 && outside === "clamp") {
    throw new Error(
      `${op}: the first ${named} axes of x ${describe(x)} have no element, where no index is in range`,
    );
  }
  const parts = chunk(indices, named, -1).map((part, axis) => {
    const place = squeeze(part, -1);
    // Dropped, an index that i32 has not is below 0.
    return outside === "clamp" ? signedIndices(place, extents[axis]!) : cast(place, "i32");
  });
  const strides = stridesOf(extents);
  const along = parts.map((part, axis) => {
    const within = outside === "clamp" ? clip(part, 0, Math.max(0, extents[axis]! - 1)) : part;
    return mul(within, strides[axis]!);
  });
  const position = along.reduce((total, next) => add(total, next));
  if (outside === "clamp") return { position, places, extents, rest };
  const inside = parts
    .map((part, axis) => and(ge(part, 0), lt(part, extents[axis]!)))
    .reduce((all, next) => and(all, next));
  return { position: where(inside, position, -1), places, extents, rest };
}

/**
 * The entries of x at `indices` [...places,K] (i32 or u32), each of which names one element of the first K axes: [...places, ...the other extents], as TensorFlow's gather_nd, or
 * x[i, j] with lists of indices in NumPy and PyTorch. An index out of range is clamped.
 */
export function gatherNd(x: Tensor, indices: Tensor): Tensor {
  const { position, extents, rest, places } = flatIndex("gatherNd", x, indices, "clamp");
  const shape = [...places, ...rest];
  if (sizeOf(shape) === 0) return full(shape, 0, x.dtype);
  return take(reshape(x, [sizeOf(extents), ...rest]), position, 0);
}
