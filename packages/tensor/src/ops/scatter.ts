import type { DType } from "../dtype.js";
import {
  describe,
  expectChoice,
  expectDType,
  expectOptions,
  expectSameDType,
  expectTensor,
  normalizeAxis,
} from "../primitives/expect.js";
import { sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, maximum, minimum } from "./arithmetic.js";
import { isScalarAxis } from "./axes.js";
import { cast } from "./cast.js";
import { eq, ge } from "./comparison.js";
import { concat } from "./concat.js";
import { iota } from "./creation.js";
import { flatIndex } from "./gatherNd.js";
import { max, min, sum } from "./reductions.js";
import { expandDims, reshape, squeeze } from "./reshape.js";
import { slice } from "./slice.js";
import { where } from "./where.js";

/** What becomes of an element that an update is for: the last update ("set"), or its sum with all of them, or the largest or smallest of it and them. */
export type ScatterMode = "set" | "add" | "max" | "min";

/** How updates meet what is there. */
export interface ScatterOptions {
  /** Default "set". */
  readonly mode?: ScatterMode;
}

/** What no update is below ("max") or above ("min"). */
const limits: Readonly<Record<Exclude<DType, "bool">, readonly [lowest: number, highest: number]>> = {
  f32: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  f16: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};

/**
 * `x` with `updates`, of its shape but for `axis`, at `indices`, which broadcast to them, i32: by comparing every index with every place, as kernels have no atomic operations on floats.
 */
function place(x: Tensor, indices: Tensor, updates: Tensor, axis: number, mode: ScatterMode): Tensor {
  if (sizeOf(updates.shape) === 0 || sizeOf(x.shape) === 0) return x;
  const { dtype } = x;
  if (dtype === "bool") {
    return cast(place(cast(x, "i32"), indices, cast(updates, "i32"), axis, mode), "bool");
  }
  // [..., place, update, ...]
  const pairs = updates.shape.toSpliced(axis, 0, x.shape[axis]!);
  const meets = eq(expandDims(indices, axis), iota(pairs, axis));
  const given = expandDims(updates, axis);
  switch (mode) {
    case "add":
      return add(x, sum(where(meets, given, 0), axis + 1));
    case "max":
      return maximum(x, max(where(meets, given, limits[dtype][0]), axis + 1));
    case "min":
      return minimum(x, min(where(meets, given, limits[dtype][1]), axis + 1));
    case "set": {
      const number = iota(pairs, axis + 1);
      const last = max(where(meets, number, -1), axis + 1, { keepDims: true });
      const chosen = sum(where(eq(number, last), given, 0), axis + 1);
      return where(ge(squeeze(last, axis + 1), 0), chosen, x);
    }
    default:
      throw new Error(`unknown mode ${mode satisfies never}`);
  }
}

function modeOf(
  op: string,
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  options: ScatterOptions,
): ScatterMode {
  expectTensor(op, "x", x);
  expectDType(op, "indices", indices, "integer");
  expectTensor(op, "updates", updates);
  expectSameDType(op, [x, updates]);
  expectOptions(op, options, ["mode"], '{ mode: "add" }');
  const { mode = "set" } = options;
  expectChoice(op, "mode", mode, ["set", "add", "max", "min"], { amax: "max", amin: "min", sum: "add" });
  if (mode !== "set") expectDType(op, "x", x, "numeric");
  return mode;
}

/**
 * `x` with `updates` along `axis` where `indices` (i32 or u32) say, each in its own row: PyTorch's scatter, scatter_add and scatter_reduce with amax and amin, as a value of its own. The other
 * extents of `indices` are at most those of x, whose first rows they are for; of `updates`, as many count as there are indices. Of several updates for a place, "set" keeps the last. An index out of range changes nothing. Takes extent times updates steps per row.
 */
export function scatter(
  x: Tensor,
  indices: Tensor,
  updates: Tensor,
  axis: number,
  options: ScatterOptions = {},
): Tensor {
  const op = "scatter";
  const mode = modeOf(op, x, indices, updates, options);
  if (isScalarAxis(x, axis)) {
    const [list, places, values] = [x, indices, updates].map((t) =>
      t.shape.length === 0 ? reshape(t, [1]) : t,
    );
    return reshape(scatter(list!, places!, values!, 0, options), []);
  }
  const resolved = normalizeAxis(op, axis, x.shape.length);
  const fits =
    indices.shape.length === x.shape.length &&
    updates.shape.length === x.shape.length &&
    indices.shape.every((count, i) => count <= updates.shape[i]! && (i === resolved || count <= x.shape[i]!));
  if (!fits) {
    throw new Error(
      `${op}: indices must have at most the shape of updates, and but for axis ${resolved} of x, got indices ${describe(indices)} and updates ${describe(updates)} for x ${describe(x)}`,
    );
  }
  if (sizeOf(indices.shape) === 0) return x;
  const none = indices.shape.map(() => 0);
  const given = sameShape(updates.shape, indices.shape) ? updates : slice(updates, none, indices.shape);
  const rows = x.shape.with(resolved, indices.shape[resolved]!);
  if (sameShape(rows, indices.shape)) return place(x, cast(indices, "i32"), given, resolved, mode);
  const corner = indices.shape.with(resolved, x.shape[resolved]!);
  const placed = place(slice(x, none, corner), cast(indices, "i32"), given, resolved, mode);
  // What is beyond the corner, one axis after the other.
  return corner.reduce((whole, count, i) => {
    const extent = x.shape[i]!;
    if (count === extent) return whole;
    const rest = slice(x, none.with(i, count), whole.shape.with(i, extent));
    return concat([whole, rest], i);
  }, placed);
}

/**
 * `x` with `updates` where `indices` [...places,K] (i32 or u32) say, each of which names one element of the first K axes: JAX's x.at[indices].set and its kin, TensorFlow's tensor_scatter.
 * `updates` is [...places, ...the other extents of x]. Of several updates for a place, "set" keeps the last. An index out of range changes nothing. Takes as many steps as the first K axes have
 * elements, times updates.
 */
export function scatterNd(x: Tensor, indices: Tensor, updates: Tensor, options: ScatterOptions = {}): Tensor {
  const op = "scatterNd";
  const mode = modeOf(op, x, indices, updates, options);
  const { position, extents, rest, places } = flatIndex(op, x, indices, "drop");
  if (!sameShape(updates.shape, [...places, ...rest])) {
    throw new Error(
      `${op}: updates must be [${[...places, ...rest]}], the places and the other axes of x, got updates ${describe(updates)} for indices ${describe(indices)} of x ${describe(x)}`,
    );
  }
  const count = sizeOf(places);
  const placed = place(
    reshape(x, [sizeOf(extents), ...rest]),
    reshape(position, [count, ...rest.map(() => 1)]),
    reshape(updates, [count, ...rest]),
    0,
    mode,
  );
  return reshape(placed, x.shape);
}
