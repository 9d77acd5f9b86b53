import { type DType, isFloat } from "../../../dtype.js";
import type { ReductionName } from "../../fusion/reduction.js";
import { valueType } from "./operations.js";
import type { ShaderText } from "./shaderText.js";

/** What changes nothing when it is folded in. */
export function foldIdentity(op: ReductionName, dtype: DType, text: ShaderText): string {
  if (op !== "max") return `${valueType[dtype]}(${op === "sum" ? 0 : 1})`;
  if (dtype === "i32") return "(-2147483647 - 1)";
  // GLSL has no constant that is infinite.
  return dtype === "u32" ? "0u" : text.parameter(Number.NEGATIVE_INFINITY, "f32");
}

/** Two values of a reduction as one. */
export function foldTwo(op: ReductionName, dtype: DType, a: string, b: string): string {
  if (op !== "max") return `${a} ${op === "sum" ? "+" : "*"} ${b}`;
  return `${isFloat(dtype) ? "maximum" : "max"}(${a}, ${b})`;
}

/** How parts of a reduction lie in memory: those of halves in f32. */
export const partType = (dtype: DType): DType => (dtype === "f16" ? "f32" : dtype);
