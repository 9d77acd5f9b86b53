import type { Aval } from "../shape.js";
import { operands } from "./expect.js";
import type { Primitive, ReferenceValue } from "./primitive.js";

/** The first operand, unchanged: what all control primitives compute. */
const first = (op: string, inputs: readonly Aval[]): Aval => {
  const x = inputs[0];
  if (!x) throw new Error(`${op}: expected at least one operand, got none`);
  return { shape: x.shape, dtype: x.dtype };
};

const passThrough = (inputs: readonly ReferenceValue[]): Float64Array => inputs[0]!.data;

export const identity: Primitive<"identity"> = {
  kind: "control",
  infer: (inputs) => first("identity", operands("identity", inputs, ["x"])),
  reference: passThrough,
};

export const stopGradient: Primitive<"stopGradient"> = {
  kind: "control",
  infer: (inputs) => first("stopGradient", operands("stopGradient", inputs, ["x"])),
  reference: passThrough,
};

export const barrier: Primitive<"barrier"> = {
  kind: "control",
  infer: (inputs) => first("barrier", inputs),
  reference: passThrough,
};

export const customVjp: Primitive<"customVjp"> = {
  kind: "control",
  infer: (inputs) => first("customVjp", inputs),
  reference: passThrough,
};
