import { type BinaryName, binaryRows } from "./elementwise.js";
import { expectDType, expectSameDType, expectSameShape, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

const binary = (name: BinaryName): Primitive<BinaryName> => ({
  infer: (inputs) => {
    const [a, b] = operands(name, inputs, ["a", "b"]);
    expectSameDType(name, [a, b]);
    expectDType(name, "a", a, binaryRows[name].accepts);
    expectSameShape(name, [a, b]);
    return { shape: a.shape, dtype: binaryRows[name].result === "bool" ? "bool" : a.dtype };
  },
  reference: (inputs) => {
    const a = inputs[0]!;
    const b = inputs[1]!;
    return a.data.map((value, i) => binaryRows[name].reference(value, b.data[i]!, a.dtype));
  },
});

/** A primitive per row of the binary table. */
export const binaryPrimitives: { readonly [P in BinaryName]: Primitive<P> } = {
  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  rem: binary("rem"),
  pow: binary("pow"),
  minimum: binary("minimum"),
  maximum: binary("maximum"),
  eq: binary("eq"),
  ne: binary("ne"),
  lt: binary("lt"),
  le: binary("le"),
  gt: binary("gt"),
  ge: binary("ge"),
  and: binary("and"),
  or: binary("or"),
  xor: binary("xor"),
  shiftLeft: binary("shiftLeft"),
  shiftRight: binary("shiftRight"),
};
