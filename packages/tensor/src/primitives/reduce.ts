import { type Aval, formatShape, sizeOf, stridesOf } from "../shape.js";
import { binaryRows } from "./elementwise.js";
import { expectAxes, expectDType, operands } from "./expect.js";
import type { Primitive, ReferenceValue } from "./primitive.js";
import { forEachStrided } from "./strided.js";
import { wrap } from "./wrap.js";

/** Throws where an axis of extremes has none: no number is the largest of nothing. */
export function expectElements(op: string, axes: readonly number[], x: Aval): void {
  const empty = axes.find((axis) => x.shape[axis] === 0);
  if (empty === undefined) return;
  throw new Error(
    `${op}: axis ${empty} of x ${formatShape(x.shape)} has no elements, and nothing has no extreme; leave such a tensor out`,
  );
}

const infer =
  (name: "sum" | "max" | "prod") =>
  (inputs: readonly Aval[], { axes }: { readonly axes: readonly number[] }): Aval => {
    const [x] = operands(name, inputs, ["x"]);
    expectDType(name, "x", x, "numeric");
    expectAxes(name, axes, x);
    if (name === "max") expectElements(name, axes, x);
    return { shape: x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)), dtype: x.dtype };
  };

/** Folds the elements of `x` along `axes`, one at a time, into an array that starts as `initial`. */
function fold(
  x: ReferenceValue,
  axes: readonly number[],
  out: Aval,
  initial: number,
  step: (accumulator: number, value: number) => number,
): Float64Array {
  const strides = stridesOf(out.shape).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const result = new Float64Array(sizeOf(out.shape)).fill(initial);
  forEachStrided(x.shape, strides, 0, (position, target) => {
    result[target] = step(result[target]!, x.data[position]!);
  });
  return result;
}

export const sum: Primitive<"sum"> = {
  kind: "reduction",
  infer: infer("sum"),
  reference: (inputs, { axes }, out) => fold(inputs[0]!, axes, out, 0, (a, b) => wrap(a + b, out.dtype)),
};

export const max: Primitive<"max"> = {
  kind: "reduction",
  infer: infer("max"),
  reference: (inputs, { axes }, out) => fold(inputs[0]!, axes, out, Number.NEGATIVE_INFINITY, Math.max),
};

export const prod: Primitive<"prod"> = {
  kind: "reduction",
  infer: infer("prod"),
  reference: (inputs, { axes }, out) =>
    fold(inputs[0]!, axes, out, 1, (a, b) => binaryRows.mul.reference(a, b, out.dtype)),
};
