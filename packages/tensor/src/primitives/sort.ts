import { type Aval, formatShape, sameShape, sizeOf } from "../shape.js";
import { describe, operands } from "./expect.js";
import type { Primitive, ReferenceValue } from "./primitive.js";

function expectAxis(op: string, axis: number, x: Aval): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length) {
    throw new Error(`${op}: axis ${axis} is out of range for x ${formatShape(x.shape)}`);
  }
}

/** Calls `visit` with the position of the first element of each row along `axis`, and the distance of its neighbours. */
function forEachRow({ shape }: Aval, axis: number, visit: (first: number, step: number) => void): void {
  const extent = shape[axis]!;
  const step = sizeOf(shape.slice(axis + 1));
  const rows = extent === 0 ? 0 : sizeOf(shape) / extent;
  for (let row = 0; row < rows; row++) visit(Math.floor(row / step) * extent * step + (row % step), step);
}

/** NaN is larger than anything. */
const compare = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b)
    ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    : a < b
      ? -1
      : a > b
        ? 1
        : 0;

export const argsort: Primitive<"argsort"> = {
  kind: "row",
  infer: (inputs, { axis }) => {
    const [x] = operands("argsort", inputs, ["x"]);
    expectAxis("argsort", axis, x);
    return { shape: x.shape, dtype: "i32" };
  },
  reference: (inputs, { axis, descending }) => {
    const x: ReferenceValue = inputs[0]!;
    const result = new Float64Array(x.data.length);
    forEachRow(x, axis, (first, step) => {
      const at = (position: number): number => x.data[first + position * step]!;
      const order = Array.from({ length: x.shape[axis]! }, (_, position) => position);
      // JavaScript's sort is stable.
      order.sort((a, b) => (descending ? compare(at(b), at(a)) : compare(at(a), at(b))));
      order.forEach((from, to) => {
        result[first + to * step] = from;
      });
    });
    return result;
  },
};

export const arrange: Primitive<"arrange"> = {
  kind: "view",
  infer: (inputs, { axis }) => {
    const [x, order] = operands("arrange", inputs, ["x", "order"]);
    expectAxis("arrange", axis, x);
    if (order.dtype !== "i32" || !sameShape(order.shape, x.shape)) {
      throw new Error(
        `arrange: order must be i32 ${formatShape(x.shape)}, a permutation for each row of x along axis ${axis}, got ${describe(order)}`,
      );
    }
    return { shape: x.shape, dtype: x.dtype };
  },
  reference: (inputs, { axis }) => {
    const [x, order] = operands("arrange", inputs, ["x", "order"]);
    const result = new Float64Array(x.data.length);
    const extent = x.shape[axis]!;
    forEachRow(x, axis, (first, step) => {
      for (let i = 0; i < extent; i++) {
        const from = order.data[first + i * step]!;
        result[first + i * step] = x.data[first + from * step]!;
      }
    });
    return result;
  },
};
