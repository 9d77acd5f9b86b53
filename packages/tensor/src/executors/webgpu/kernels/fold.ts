import type { DType } from "../../../dtype.js";
import { valueType } from "./valueTypes.js";

/** What changes nothing when it is folded in. */
export const foldIdentity = (op: "sum" | "max", dtype: DType): string => {
  if (op === "sum") return `${valueType[dtype]}(0)`;
  return dtype === "i32" ? "i32(-2147483647 - 1)" : dtype === "u32" ? "0u" : "-3.4028234e38";
};

/** Two values of a reduction as one. */
export const foldTwo = (op: "sum" | "max", a: string, b: string): string =>
  op === "sum" ? `${a} + ${b}` : `max(${a}, ${b})`;

/** How parts of a reduction lie in memory: those of halves in f32. */
export const partType = (dtype: DType): DType => (dtype === "f16" ? "f32" : dtype);

/** The parts of a reduction have no node of their own; as a binding they go by a number below zero. */
export const partsBinding = (reduction: number): number => -1 - reduction;
