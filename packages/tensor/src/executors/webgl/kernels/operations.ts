import { type DType, isFloat } from "../../../dtype.js";
import type { BinaryName, UnaryName } from "../../../primitives/elementwise.js";

/** What a dtype is inside a kernel. */
export const valueType: Readonly<Record<DType, string>> = {
  f32: "float",
  f16: "float",
  i32: "int",
  u32: "uint",
  bool: "bool",
};

/** The value of a word, and the word of a value. */
export const valueOfWord = (word: string, dtype: DType): string =>
  isFloat(dtype)
    ? `uintBitsToFloat(${word})`
    : dtype === "i32"
      ? `int(${word})`
      : dtype === "u32"
        ? word
        : `(${word} != 0u)`;
export const wordOfValue = (value: string, dtype: DType): string =>
  dtype === "f16"
    ? `floatBitsToUint(roundHalf(${value}))`
    : dtype === "f32"
      ? `floatBitsToUint(${value})`
      : dtype === "bool"
        ? `(${value} ? 1u : 0u)`
        : `uint(${value})`;

/** The GLSL of an operation on computed scalars; what GLSL has no function for, or leaves open for some values, is in `shaders`. */
type Unary = (x: string, dtype: DType) => string;
type Binary = (a: string, b: string, dtype: DType) => string;

const call =
  (name: string): Unary =>
  (x) =>
    `${name}(${x})`;
const infix =
  (operator: string): Binary =>
  (a, b) =>
    `(${a} ${operator} ${b})`;
const called =
  (name: string): Binary =>
  (a, b) =>
    `${name}(${a}, ${b})`;
/** One for floats, another for integers and bools. */
const either =
  (floats: Binary, others: Binary): Binary =>
  (a, b, dtype) =>
    (isFloat(dtype) ? floats : others)(a, b, dtype);
const swapped =
  (of: Binary): Binary =>
  (a, b, dtype) =>
    of(b, a, dtype);

const unary: Readonly<Record<UnaryName, Unary>> = {
  neg: (x, dtype) => (dtype === "u32" ? `(~${x} + 1u)` : `(-${x})`),
  abs: (x, dtype) => (isFloat(dtype) ? `abs(${x})` : dtype === "u32" ? x : `(${x} < 0 ? -${x} : ${x})`),
  sign: (x, dtype) => (isFloat(dtype) ? `signOf(${x})` : dtype === "u32" ? `min(${x}, 1u)` : `sign(${x})`),
  floor: call("floor"),
  ceil: call("ceil"),
  trunc: call("trunc"),
  round: call("roundEven"),
  sqrt: call("sqrt"),
  exp: call("exponential"),
  expm1: call("expMinusOne"),
  log: call("logarithm"),
  log2: call("binaryLogarithm"),
  sin: call("sine"),
  cos: call("cosine"),
  asin: call("arcsine"),
  acos: call("arccosine"),
  atan: call("arctangent"),
  tanh: call("hyperbolicTangent"),
  sigmoid: call("logistic"),
  erf: call("errorFunction"),
  erfc: call("complementaryErrorFunction"),
  not: (x, dtype) => (dtype === "bool" ? `(!${x})` : `(~${x})`),
  isnan: call("isNotANumber"),
  isinf: call("isInfinite"),
  isfinite: call("isFinite"),
};

const binary: Readonly<Record<BinaryName, Binary>> = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: either(infix("/"), called("quotient")),
  rem: either(called("remainder"), called("integerRemainder")),
  pow: either(called("power"), called("integerPower")),
  minimum: either(called("minimum"), called("min")),
  maximum: either(called("maximum"), called("max")),
  eq: either(called("isEqual"), infix("==")),
  ne: either((a, b) => `(!isEqual(${a}, ${b}))`, infix("!=")),
  lt: either(called("isLess"), infix("<")),
  le: either(called("isLessEqual"), infix("<=")),
  gt: either(swapped(called("isLess")), infix(">")),
  ge: either(swapped(called("isLessEqual")), infix(">=")),
  and: (a, b, dtype) => (dtype === "bool" ? `(${a} && ${b})` : `(${a} & ${b})`),
  or: (a, b, dtype) => (dtype === "bool" ? `(${a} || ${b})` : `(${a} | ${b})`),
  xor: (a, b, dtype) => (dtype === "bool" ? `(${a} != ${b})` : `(${a} ^ ${b})`),
  // Counts are taken modulo 32.
  shiftLeft: (a, b) => `(${a} << (uint(${b}) & 31u))`,
  shiftRight: (a, b) => `(${a} >> (uint(${b}) & 31u))`,
};

/** The GLSL of an elementwise operation on operands of a dtype; a cast and a selection are none of the tables'. */
export function operationText(op: string, operands: readonly string[], dtype: DType): string {
  const [a, b] = operands as [string, string];
  if (Object.hasOwn(unary, op)) return unary[op as UnaryName](a, dtype);
  if (Object.hasOwn(binary, op)) return binary[op as BinaryName](a, b, dtype);
  throw new Error(`${op} is not an elementwise operation`);
}

/** Floats that are out of range become the nearest integer, NaN becomes 0: GLSL leaves both open. */
export function castText(x: string, from: DType, to: DType): string {
  if (from === "bool") return to === "bool" ? x : `${valueType[to]}(${x})`;
  if (to === "bool")
    // By the bits: a NaN is true, and the sign of a zero does not count.
    return isFloat(from)
      ? `((floatBitsToUint(${x}) & 0x7fffffffu) != 0u)`
      : `(${x} != ${from === "u32" ? "0u" : "0"})`;
  if (to === "f16" && from !== "f16") return `roundHalf(float(${x}))`;
  if (!isFloat(from) || isFloat(to)) return `${valueType[to]}(${x})`;
  if (to === "i32")
    return `(isNotANumber(${x}) ? 0 : ${x} >= 2147483648.0 ? 2147483647 : ${x} < -2147483648.0 ? (-2147483647 - 1) : int(${x}))`;
  return `(isNotANumber(${x}) || ${x} < 0.0 ? 0u : ${x} >= 4294967296.0 ? 4294967295u : uint(${x}))`;
}
