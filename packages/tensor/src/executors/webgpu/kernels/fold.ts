import { type DType, isFloat } from "../../../dtype.js";
import type { KernelText } from "./kernelText.js";
import { valueType } from "./valueTypes.js";

/** What changes nothing when it is folded in. */
export function foldIdentity(op: "sum" | "max", dtype: DType, kernel: KernelText): string {
  if (op === "sum") return `${valueType[dtype]}(0)`;
  if (dtype === "i32") return "i32(-2147483647 - 1)";
  // WGSL has no constant that is infinite.
  return dtype === "u32" ? "0u" : kernel.parameter(Number.NEGATIVE_INFINITY, "f32");
}

/** Two values of a reduction as one. */
export const foldTwo = (op: "sum" | "max", dtype: DType, a: string, b: string): string =>
  op === "sum" ? `${a} + ${b}` : `${isFloat(dtype) ? "maximum" : "max"}(${a}, ${b})`;

/** How parts of a reduction lie in memory: those of halves in f32. */
export const partType = (dtype: DType): DType => (dtype === "f16" ? "f32" : dtype);

/** The parts of a reduction have no node of their own; as a binding they go by a number below zero. */
export const partsBinding = (reduction: number): number => -1 - reduction;
