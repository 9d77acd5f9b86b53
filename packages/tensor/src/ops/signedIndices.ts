import type { Tensor } from "../tensor.js";
import { minimum } from "./arithmetic.js";
import { cast } from "./cast.js";

/** Indices (i32 or u32) of an axis as i32; those that i32 has not are beyond every axis, and become its last place. */
export const signedIndices = (indices: Tensor, extent: number): Tensor =>
  indices.dtype === "u32" ? cast(minimum(indices, Math.max(0, extent - 1)), "i32") : indices;
