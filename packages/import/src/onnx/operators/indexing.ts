import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Call, Operator } from "../call.js";

/** Positions that may count from the end. */
const fromStart = (indices: Tensor, extent: number): Tensor =>
  t.where(t.lt(indices, 0), t.add(indices, extent), indices);

const gather: Operator = (call) => {
  const x = call.plain(0);
  const axis = call.axisOf(call.int("axis", 0), x.shape.length);
  return t.take(x, fromStart(call.plain(1), x.shape[axis]!), axis);
};

const gatherElements: Operator = (call) => {
  const x = call.plain(0);
  const axis = call.axisOf(call.int("axis", 0), x.shape.length);
  const indices = fromStart(call.plain(1), x.shape[axis]!);
  // Along the other axes the indices may be fewer than the elements, the first of which are then meant.
  const kept = x.shape.map((extent, i) => (i === axis ? extent : indices.shape[i]!));
  return t.takeAlongAxis(
    t.slice(
      x,
      kept.map(() => 0),
      kept,
    ),
    indices,
    axis,
  );
};

/** Indices [...,K] of the first K axes, each counted from its own end where negative. */
function places(x: Tensor, indices: Tensor): Tensor {
  const extents = Int32Array.from(x.shape.slice(0, indices.shape.at(-1)));
  return t.where(t.lt(indices, 0), t.add(indices, t.tensor(extents)), indices);
}

const gatherNd: Operator = (call) => {
  call.expectInt("batch_dims", 0);
  const x = call.plain(0);
  return t.gatherNd(x, places(x, call.plain(1)));
};

const scatterModes = { none: "set", add: "add", max: "max", min: "min" } as const;

const scatterMode = (call: Call): (typeof scatterModes)[keyof typeof scatterModes] =>
  scatterModes[call.choice("reduction", "none", ["none", "add", "max", "min"])];

const scatterNd: Operator = (call) => {
  const x = call.plain(0);
  return t.scatterNd(x, places(x, call.plain(1)), call.plain(2), { mode: scatterMode(call) });
};

/** `x` with its first elements along each axis, as many as `extents` say, replaced by what `f` makes of them. */
function withFirst(x: Tensor, extents: readonly number[], f: (part: Tensor) => Tensor): Tensor {
  const axis = extents.findIndex((extent, i) => extent < x.shape[i]!);
  if (axis < 0) return f(x);
  const first = t.narrow(x, axis, 0, extents[axis]!);
  const rest = t.narrow(x, axis, extents[axis]!, x.shape[axis]! - extents[axis]!);
  return t.concat([withFirst(first, extents, f), rest], axis);
}

const scatterElements: Operator = (call) => {
  const x = call.plain(0);
  const axis = call.axisOf(call.int("axis", 0), x.shape.length);
  const indices = fromStart(call.plain(1), x.shape[axis]!);
  const place = (part: Tensor): Tensor =>
    t.scatter(part, indices, call.plain(2), axis, { mode: scatterMode(call) });
  return withFirst(
    x,
    x.shape.map((extent, i) => (i === axis ? extent : indices.shape[i]!)),
    place,
  );
};

const oneHot: Operator = (call) => {
  const indices = call.plain(0);
  const depth = call.number(1);
  const values = call.plain(2);
  const rank = indices.shape.length + 1;
  const axis = call.axisOf(call.int("axis", -1), rank);
  const wide = t.expandDims(fromStart(t.cast(indices, "i32"), depth), axis);
  const number = t.iota(wide.shape.with(axis, depth), axis);
  const [off, on] = [t.slice(values, [0], [1]), t.slice(values, [1], [2])];
  return t.where(t.eq(wide, number), on, off);
};

export const indexing: Readonly<Record<string, Operator>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  OneHot: oneHot,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
};
