import { type DType, isFloat } from "../dtype.js";
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
import { add, div, maximum, mul } from "./arithmetic.js";
import { isScalarAxis } from "./axes.js";
import { cast } from "./cast.js";
import { eq, ge } from "./comparison.js";
import { concat } from "./concat.js";
import { iota } from "./creation.js";
import { floorDivide } from "./division.js";
import { flatIndex } from "./gatherNd.js";
import { any, max, min, prod, sum } from "./reductions.js";
import { expandDims, reshape, squeeze } from "./reshape.js";
import { slice } from "./slice.js";
import { where } from "./where.js";

/** What becomes of an element that updates are for: the last of them ("set"), or the sum, product, largest, smallest or mean of it and them. */
export type ScatterMode = "set" | "add" | "mul" | "max" | "min" | "mean";

/** How updates meet what is there. */
export interface ScatterOptions {
  /** Default "set". */
  readonly mode?: ScatterMode;
  /** Whether an element counts beside the updates for it; where there are none, it stays. Default true. */
  readonly includeSelf?: boolean;
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
function place(x: Tensor, indices: Tensor, updates: Tensor, axis: number, manner: Manner): Tensor {
  if (sizeOf(updates.shape) === 0 || sizeOf(x.shape) === 0) return x;
  const { dtype } = x;
  if (dtype === "bool") {
    return cast(place(cast(x, "i32"), indices, cast(updates, "i32"), axis, manner), "bool");
  }
  const { mode, includeSelf } = manner;
  // [..., place, update, ...]
  const pairs = updates.shape.toSpliced(axis, 0, x.shape[axis]!);
  const meets = eq(expandDims(indices, axis), iota(pairs, axis));
  /** The updates for each place, `none` in the stead of others. */
  const given = (none: number): Tensor => where(meets, expandDims(updates, axis), none);
  const orStay = (found: Tensor): Tensor => where(any(meets, axis + 1), found, x);
  const beside = (found: Tensor, join: (a: Tensor, b: Tensor) => Tensor): Tensor =>
    includeSelf ? join(x, found) : orStay(found);
  /** The extreme of an element and its updates in one reduction, so that all that tie have the same share of the gradient. */
  const extreme = (f: typeof max, none: number): Tensor =>
    includeSelf
      ? f(concat([expandDims(x, axis + 1), given(none)], axis + 1), axis + 1)
      : orStay(f(given(none), axis + 1));
  switch (mode) {
    case "add":
      return beside(sum(given(0), axis + 1), add);
    case "mul":
      return beside(prod(given(1), axis + 1), mul);
    case "max":
      return extreme(max, limits[dtype][0]);
    case "min":
      return extreme(min, limits[dtype][1]);
    case "mean": {
      const [total, count] = [sum(given(0), axis + 1), cast(sum(meets, axis + 1), dtype)];
      const divide = isFloat(dtype) ? div : floorDivide;
      return includeSelf
        ? divide(add(x, total), add(count, 1))
        : where(eq(count, 0), x, divide(total, maximum(count, 1)));
    }
    case "set": {
      const number = iota(pairs, axis + 1);
      const last = max(where(meets, number, -1), axis + 1, { keepDims: true });
      const chosen = sum(where(eq(number, last), expandDims(updates, axis), 0), axis + 1);
      return where(ge(squeeze(last, axis + 1), 0), chosen, x);
    }
    default:
      throw new Error(`unknown mode ${mode satisfies never}`);
  }
}

type Manner = Required<ScatterOptions>;

function mannerOf(op: string, x: Tensor, indices: Tensor, updates: Tensor, options: ScatterOptions): Manner {
  expectTensor(op, "x", x);
  expectDType(op, "indices", indices, "integer");
  expectTensor(op, "updates", updates);
  expectSameDType(op, [x, updates]);
  expectOptions(op, options, ["mode", "includeSelf"], '{ mode: "add" }');
  const { mode = "set", includeSelf = true } = options;
  expectChoice(op, "mode", mode, ["set", "add", "mul", "max", "min", "mean"], {
    ...{ amax: "max", amin: "min", sum: "add", prod: "mul", multiply: "mul" },
  });
  if (mode !== "set") expectDType(op, "x", x, "numeric");
  return { mode, includeSelf };
}

/**
 * `x` with `updates` along `axis` where `indices` (i32 or u32) say, each in its own row: PyTorch's scatter, scatter_add and scatter_reduce, as a value of its own. The other
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
  const manner = mannerOf(op, x, indices, updates, options);
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
  if (sameShape(rows, indices.shape)) return place(x, cast(indices, "i32"), given, resolved, manner);
  const corner = indices.shape.with(resolved, x.shape[resolved]!);
  const placed = place(slice(x, none, corner), cast(indices, "i32"), given, resolved, manner);
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
  const manner = mannerOf(op, x, indices, updates, options);
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
    manner,
  );
  return reshape(placed, x.shape);
}
