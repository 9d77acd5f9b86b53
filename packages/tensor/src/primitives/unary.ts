import { type UnaryName, unaryRows } from "./elementwise.js";
import { expectDType, operands } from "./expect.js";
import type { Primitive } from "./primitive.js";

const unary = (name: UnaryName): Primitive<UnaryName> => ({
  infer: (inputs) => {
    const [x] = operands(name, inputs, ["x"]);
    expectDType(name, "x", x, unaryRows[name].accepts);
    return { shape: x.shape, dtype: x.dtype };
  },
  reference: (inputs) => {
    const x = inputs[0]!;
    return x.data.map((value) => unaryRows[name].reference(value, x.dtype));
  },
});

/** A primitive per row of the unary table. */
export const unaryPrimitives: { readonly [P in UnaryName]: Primitive<P> } = {
  neg: unary("neg"),
  abs: unary("abs"),
  sign: unary("sign"),
  floor: unary("floor"),
  ceil: unary("ceil"),
  round: unary("round"),
  sqrt: unary("sqrt"),
  exp: unary("exp"),
  expm1: unary("expm1"),
  log: unary("log"),
  log2: unary("log2"),
  sin: unary("sin"),
  cos: unary("cos"),
  asin: unary("asin"),
  acos: unary("acos"),
  atan: unary("atan"),
  tanh: unary("tanh"),
  sigmoid: unary("sigmoid"),
  erf: unary("erf"),
  erfc: unary("erfc"),
  not: unary("not"),
};
