import type { DType } from "../dtype.js";

/** Wraps an exact integer result to the dtype's 32 bits. */
export const wrap = (value: number, dtype: DType): number =>
  dtype === "u32" ? value >>> 0 : dtype === "i32" ? value | 0 : value;
