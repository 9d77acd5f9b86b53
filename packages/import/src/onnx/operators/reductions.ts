import type { Tensor } from "@clidim/tensor";
import * as t from "@clidim/tensor";
import { asNumbers, type Operator } from "../call.js";
import { rowMajor } from "../value.js";

type Reduce = (x: Tensor, axes: readonly number[], options: { readonly keepDims: boolean }) => Tensor;

/** Axes are an attribute in older operator sets and an input in newer ones; none are all, or none where the node says so. */
const reduction =
  (reduce: Reduce): Operator =>
  (call) => {
    const { tensor, order } = call.value(0);
    const rank = order.length;
    const given = call.intsOrInput("axes", 1);
    const none = !given || given.length === 0;
    if (none && call.int("noop_with_empty_axes", 0) === 1) return call.value(0);
    const axes = none ? rowMajor(rank) : given.map((axis) => call.axisOf(axis, rank));
    if (call.int("keepdims", 1) === 0) {
      return reduce(call.plain(0), axes, { keepDims: false });
    }
    const places = axes.map((axis) => order.indexOf(axis));
    return { tensor: reduce(tensor, places, { keepDims: true }), order };
  };

const extreme =
  (find: typeof t.argmax): Operator =>
  (call) => {
    call.expectInt("select_last_index", 0);
    const x = call.plain(0);
    const axis = call.axisOf(call.int("axis", 0), x.shape.length);
    return find(x, axis, { keepDims: call.int("keepdims", 1) === 1 });
  };

/** Up to opset 12 all axes from `axis` on are taken together, later that one alone. */
const normalized =
  (f: (x: Tensor, axis: number) => Tensor): Operator =>
  (call) => {
    const x = call.plain(0);
    const rank = x.shape.length;
    if (call.opset >= 13) return f(x, call.axisOf(call.int("axis", -1), rank));
    const axis = call.axisOf(call.int("axis", 1), rank);
    const rows = x.shape.slice(0, axis).reduce((product, extent) => product * extent, 1);
    const columns = x.shape.slice(axis).reduce((product, extent) => product * extent, 1);
    return t.reshape(f(t.reshape(x, [rows, columns]), 1), x.shape);
  };

const cumsum: Operator = (call) => {
  const x = asNumbers(call.plain(0));
  const axis = call.axisOf(call.number(1), x.shape.length);
  const turned = (y: Tensor): Tensor => (call.int("reverse", 0) === 1 ? t.flip(y, axis) : y);
  if (call.int("exclusive", 0) !== 1) return turned(t.cumsum(turned(x), axis));
  // Each without the element itself: a zero comes first, and the last element into no sum.
  const widths = x.shape.map((_, each): [number, number] => (each === axis ? [1, 0] : [0, 0]));
  const before = t.narrow(t.pad(turned(x), widths), axis, 0, x.shape[axis]!);
  return turned(t.cumsum(before, axis));
};

const topK: Operator = (call) => {
  const x = call.plain(0);
  const axis = call.axisOf(call.int("axis", -1), x.shape.length);
  const k = call.optionalInt("k") ?? call.number(1);
  if (call.int("largest", 1) === 1) {
    const { values, indices } = t.topK(x, k, axis);
    return [values, indices];
  }
  const { values, indices } = t.topK(t.neg(x), k, axis);
  return [t.neg(values), indices];
};

export const reductions: Readonly<Record<string, Operator>> = {
  ArgMax: extreme(t.argmax),
  ArgMin: extreme(t.argmin),
  CumSum: cumsum,
  LogSoftmax: normalized(t.logSoftmax),
  ReduceL1: reduction((x, axes, options) => t.sum(t.abs(x), axes, options)),
  ReduceL2: reduction((x, axes, options) => t.sqrt(t.sum(t.square(x), axes, options))),
  ReduceLogSum: reduction((x, axes, options) => t.log(t.sum(x, axes, options))),
  ReduceLogSumExp: reduction(t.logSumExp),
  ReduceMax: reduction(t.max),
  ReduceMean: reduction(t.mean),
  ReduceMin: reduction(t.min),
  ReduceProd: reduction(t.prod),
  ReduceSum: reduction(t.sum),
  ReduceSumSquare: reduction((x, axes, options) => t.sum(t.square(x), axes, options)),
  Softmax: normalized(t.softmax),
  TopK: topK,
};
