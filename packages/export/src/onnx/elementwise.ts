import type { BinaryName, DType, UnaryName } from "@clidim/tensor";
import type { OnnxBuilder } from "./onnxBuilder.js";
import { onnxTypes } from "./onnxModel.js";

/** Writes an operation on each element: the result's name, from those of the operands. Or why there is none in ONNX. */
export type ElementwiseOperator =
  | ((builder: OnnxBuilder, operands: readonly string[], dtype: DType) => string)
  | string;

const named =
  (op: string): ElementwiseOperator =>
  (builder, operands) =>
    builder.node(op, operands);

const scalar = (builder: OnnxBuilder, value: number): string => builder.constant("f32", [], [value]);

const onBools =
  (op: string, reason: string): ElementwiseOperator =>
  (builder, operands, dtype) => {
    if (dtype === "bool") return builder.node(op, operands);
    throw new Error(reason);
  };

const bits = "opset 17 has no operations on the bits of whole numbers";

/** The primitives of one operand. */
export const unaryOperators: Readonly<Record<UnaryName, ElementwiseOperator>> = {
  neg: named("Neg"),
  abs: named("Abs"),
  // 0 of NaN, of which ONNX's Sign is NaN.
  sign: (builder, [x], dtype) => {
    if (dtype !== "f32") return builder.node("Sign", [x!]);
    const [above, below] = ["Greater", "Less"].map((op) =>
      builder.node("Cast", [builder.node(op, [x!, scalar(builder, 0)])], { to: { int: onnxTypes.f32 } }),
    );
    return builder.node("Sub", [above!, below!]);
  },
  floor: named("Floor"),
  ceil: named("Ceil"),
  round: named("Round"),
  // Towards zero.
  trunc: (builder, [x]) => {
    const whole = builder.node("Floor", [builder.node("Abs", [x!])]);
    return builder.node("Mul", [builder.node("Sign", [x!]), whole]);
  },
  isnan: named("IsNaN"),
  isinf: named("IsInf"),
  isfinite: (builder, [x]) => {
    const either = builder.node("Or", [builder.node("IsNaN", [x!]), builder.node("IsInf", [x!])]);
    return builder.node("Not", [either]);
  },
  sqrt: named("Sqrt"),
  exp: named("Exp"),
  // e^x - 1 = tanh(x/2) (e^x + 1): without cancellation near 0, and each factor has its limit where x is large.
  expm1: (builder, [x]) => {
    const half = builder.node("Mul", [x!, scalar(builder, 0.5)]);
    const sum = builder.node("Add", [builder.node("Exp", [x!]), scalar(builder, 1)]);
    return builder.node("Mul", [builder.node("Tanh", [half]), sum]);
  },
  log: named("Log"),
  log2: (builder, [x]) => builder.node("Mul", [builder.node("Log", [x!]), scalar(builder, Math.LOG2E)]),
  sin: named("Sin"),
  cos: named("Cos"),
  asin: named("Asin"),
  acos: named("Acos"),
  atan: named("Atan"),
  tanh: named("Tanh"),
  sigmoid: named("Sigmoid"),
  erf: named("Erf"),
  erfc: "ONNX has erf alone, and 1 - erf loses all digits where erfc is small",
  not: onBools("Not", bits),
};

const shift = "opset 17 shifts unsigned numbers alone, and runtimes differ in how far";

/** The primitives of two operands. */
export const binaryOperators: Readonly<Record<BinaryName, ElementwiseOperator>> = {
  add: named("Add"),
  sub: named("Sub"),
  mul: named("Mul"),
  div: named("Div"),
  // The remainder with the sign of the dividend.
  rem: (builder, operands) => builder.node("Mod", operands, { fmod: { int: 1 } }),
  pow: named("Pow"),
  minimum: named("Min"),
  maximum: named("Max"),
  eq: named("Equal"),
  ne: (builder, operands) => builder.node("Not", [builder.node("Equal", operands)]),
  lt: named("Less"),
  le: named("LessOrEqual"),
  gt: named("Greater"),
  ge: named("GreaterOrEqual"),
  and: onBools("And", bits),
  or: onBools("Or", bits),
  xor: onBools("Xor", bits),
  shiftLeft: shift,
  shiftRight: shift,
};
