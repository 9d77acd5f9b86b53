import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import type { Call, Operator } from "../call.js";
import type { OnnxTensor } from "../onnxFile.js";
import { commonOrder, inOrder, shapeOf, type Value } from "../value.js";

/** A tensor that the file holds. */
export const constant = ({ dtype, shape, data }: OnnxTensor): Tensor => t.tensor(data, { shape, dtype });

const ints = (numbers: readonly number[]): Tensor => t.tensor(Int32Array.from(numbers));

const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);

const constantValue: Operator = (call) => {
  const whole = call.tensor("value");
  if (whole) return constant(whole);
  const float = call.optionalFloat("value_float");
  if (float !== undefined) return t.full([], float);
  const int = call.optionalInt("value_int");
  if (int !== undefined) return t.full([], int, "i32");
  const [floats, several] = [call.floats("value_floats"), call.ints("value_ints")];
  if (floats) return t.tensor(Float32Array.from(floats));
  return several ? ints(several) : call.refuse("has no value of a kind that is known");
};

const constantOfShape: Operator = (call) => {
  const value = call.tensor("value") ?? { dtype: "f32" as const, data: [0] };
  return t.full(call.numbers(0), Number(value.data[0]), value.dtype);
};

const shape: Operator = (call) => {
  const extents = shapeOf(call.value(0));
  const end = call.optionalInt("end");
  return ints(extents.slice(call.int("start", 0), end ?? extents.length));
};

/** 0: the extent that was there; -1: what is left. */
const reshape: Operator = (call) => {
  const x = call.plain(0);
  const wanted = call.intsOrInput("shape", 1) ?? call.refuse("has no shape");
  const keepsZero = call.int("allowzero", 0) === 1;
  const extents = wanted.map((extent, axis) => (extent === 0 && !keepsZero ? x.shape[axis]! : extent));
  const open = extents.indexOf(-1);
  if (open < 0) return t.reshape(x, extents);
  const others = product(extents.filter((extent) => extent !== -1));
  return t.reshape(x, extents.with(open, product(x.shape) / others));
};

const flatten: Operator = (call) => {
  const x = call.plain(0);
  const axis = call.int("axis", 1);
  const split = axis < 0 ? axis + x.shape.length : axis;
  return t.reshape(x, [product(x.shape.slice(0, split)), product(x.shape.slice(split))]);
};

const squeeze: Operator = (call) => {
  const x = call.plain(0);
  const axes = call.intsOrInput("axes", 1);
  // None are all that can be.
  return t.squeeze(x, axes?.length ? axes.map((axis) => call.axisOf(axis, x.shape.length)) : undefined);
};

const unsqueeze: Operator = (call) => {
  const x = call.plain(0);
  const given = call.intsOrInput("axes", 1) ?? call.refuse("has no axes");
  const rank = x.shape.length + given.length;
  const axes = new Set(given.map((axis) => call.axisOf(axis, rank)));
  const rest = [...x.shape];
  return t.reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.shift()!)),
  );
};

/** Nothing is moved where the axes only change their names. */
const transpose: Operator = (call): Value => {
  const { tensor, order } = call.value(0);
  const rank = order.length;
  const permutation = call.ints("perm") ?? order.map((_, axis) => rank - 1 - axis);
  return { tensor, order: order.map((axis) => permutation.indexOf(axis)) };
};

const concat: Operator = (call) => {
  const values = call.values();
  const order = commonOrder(values);
  const axis = call.axisOf(call.int("axis", 0), order.length);
  return {
    tensor: t.concat(
      values.map((value) => inOrder(value, order)),
      order.indexOf(axis),
    ),
    order,
  };
};

const split: Operator = (call) => {
  const { tensor, order } = call.value(0);
  const axis = order.indexOf(call.axisOf(call.int("axis", 0), order.length));
  const extent = tensor.shape[axis]!;
  const count = call.node.outputs.length;
  const each = Math.ceil(extent / count);
  const sizes =
    call.intsOrInput("split", 1) ??
    Array.from({ length: count }, (_, i) => Math.max(0, Math.min(each, extent - i * each)));
  return t.chunk(tensor, sizes, axis).map((part) => ({ tensor: part, order }));
};

/** Bounds beyond the ends are the ends; with a negative step from the last to the first. */
const slice: Operator = (call) => {
  const { tensor, order } = call.value(0);
  const starts = call.intsOrInput("starts", 1) ?? call.refuse("has no starts");
  const ends = call.intsOrInput("ends", 2) ?? call.refuse("has no ends");
  const axes = call.intsOrInput("axes", 3) ?? starts.map((_, axis) => axis);
  const steps = call.optionalNumbers(4) ?? starts.map(() => 1);
  return {
    order,
    tensor: axes.reduce((x, given, i) => {
      const axis = order.indexOf(call.axisOf(given, order.length));
      return cut(x, axis, starts[i]!, ends[i]!, steps[i]!);
    }, tensor),
  };
};

function cut(x: Tensor, axis: number, start: number, end: number, step: number): Tensor {
  const extent = x.shape[axis]!;
  const counted = (bound: number): number => (bound < 0 ? bound + extent : bound);
  const within = (bound: number, least: number, most: number): number =>
    Math.max(least, Math.min(most, counted(bound)));
  const none = x.shape.map(() => 0);
  const one = x.shape.map(() => 1);
  if (step > 0) {
    const first = within(start, 0, extent);
    const last = Math.max(first, within(end, 0, extent));
    return t.slice(x, none.with(axis, first), x.shape.with(axis, last), one.with(axis, step));
  }
  // Backwards a start before the first element is the first, unlike in NumPy.
  const first = Math.min(extent - 1, within(start, 0, extent));
  // The end itself is not taken; one far before the first element means all of them.
  const last = Math.min(first, within(end, -1, extent - 1));
  const turned = t.slice(x, none.with(axis, last + 1), x.shape.with(axis, first + 1));
  const flipped = t.flip(turned, axis);
  return t.slice(flipped, none, flipped.shape, one.with(axis, -step));
}

const expand: Operator = (call) => {
  const x = call.plain(0);
  const wanted = call.numbers(1);
  const rank = Math.max(wanted.length, x.shape.length);
  const at = (extents: readonly number[], axis: number): number =>
    extents[axis - (rank - extents.length)] ?? 1;
  const extents = Array.from({ length: rank }, (_, axis) => {
    const [own, other] = [at(x.shape, axis), at(wanted, axis)];
    return own === 1 ? other : own;
  });
  return t.broadcastTo(x, extents);
};

const modes = { constant: "constant", reflect: "reflect", edge: "edge", wrap: "circular" } as const;

const pad: Operator = (call) => {
  const { tensor, order } = call.value(0);
  const rank = order.length;
  const pads = call.intsOrInput("pads", 1) ?? call.ints("paddings") ?? call.refuse("has no pads");
  const axes = call.optionalNumbers(3) ?? order.map((_, axis) => axis);
  const mode = modes[call.choice("mode", "constant", ["constant", "reflect", "edge", "wrap"])];
  const value = call.optionalFloat("value") ?? (call.optional(2) ? call.number(2) : 0);
  const widths: (readonly [number, number])[] = order.map(() => [0, 0]);
  axes.forEach((axis, i) => {
    widths[order.indexOf(call.axisOf(axis, rank))] = [pads[i]!, pads[axes.length + i]!];
  });
  return { tensor: t.pad(tensor, widths, mode, mode === "constant" ? { value } : {}), order };
};

/** More are no positions, but a damaged file's. */
const MOST_NUMBERS = 2 ** 24;

const range: Operator = (call) => {
  const [start, limit, delta] = [call.number(0), call.number(1), call.number(2)];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= MOST_NUMBERS)) call.refuse(`asks for ${count} numbers, at most ${MOST_NUMBERS} are made`);
  const numbers = Array.from({ length: count }, (_, i) => start + i * delta);
  return t.tensor(Float32Array.from(numbers), { dtype: call.value(0).tensor.dtype });
};

const trilu: Operator = (call) => {
  const k = call.optional(1) ? call.number(1) : 0;
  return call.int("upper", 1) === 1 ? t.triu(call.plain(0), k) : t.tril(call.plain(0), k);
};

/** [N,C,H,W] with blocks of channels as blocks of pixels. "DCR": depth, column, row. */
const depthToSpace: Operator = (call) => {
  const x = call.plain(0);
  const [n, c, h, w] = imageExtents(call, x);
  const block = call.int("blocksize", 1);
  const depth = c / block ** 2;
  const parts =
    call.choice("mode", "DCR", ["DCR", "CRD"]) === "DCR"
      ? t.transpose(t.reshape(x, [n, block, block, depth, h, w]), [0, 3, 4, 1, 5, 2])
      : t.transpose(t.reshape(x, [n, depth, block, block, h, w]), [0, 1, 4, 2, 5, 3]);
  return t.reshape(parts, [n, depth, h * block, w * block]);
};

const spaceToDepth: Operator = (call) => {
  const x = call.plain(0);
  const [n, c, h, w] = imageExtents(call, x);
  const block = call.int("blocksize", 1);
  const parts = t.reshape(x, [n, c, h / block, block, w / block, block]);
  return t.reshape(t.transpose(parts, [0, 3, 5, 1, 2, 4]), [n, c * block ** 2, h / block, w / block]);
};

function imageExtents(call: Call, { shape }: Tensor): readonly [number, number, number, number] {
  const [n, c, h, w] = shape;
  if (shape.length !== 4 || n === undefined || c === undefined || h === undefined || w === undefined) {
    return call.refuse(`expected an input [N,C,H,W], got [${shape}]`);
  }
  return [n, c, h, w];
}

export const shapes: Readonly<Record<string, Operator>> = {
  Concat: concat,
  Constant: constantValue,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Pad: pad,
  Range: range,
  Reshape: reshape,
  Shape: shape,
  Size: (call) => t.full([], product(shapeOf(call.value(0))), "i32"),
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: (call) => t.tile(call.plain(0), call.numbers(1)),
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: unsqueeze,
};
