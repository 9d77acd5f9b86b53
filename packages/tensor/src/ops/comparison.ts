import type { Tensor } from "../tensor.js";
import { applyBinary, type TensorLike } from "./tensorLike.js";

// Elementwise comparisons with broadcasting; the result is bool.

/** a = b. */
export const eq = (a: TensorLike, b: TensorLike): Tensor => applyBinary("eq", a, b);
/** a != b. */
export const ne = (a: TensorLike, b: TensorLike): Tensor => applyBinary("ne", a, b);
/** a < b. */
export const lt = (a: TensorLike, b: TensorLike): Tensor => applyBinary("lt", a, b);
/** a <= b. */
export const le = (a: TensorLike, b: TensorLike): Tensor => applyBinary("le", a, b);
/** a > b. */
export const gt = (a: TensorLike, b: TensorLike): Tensor => applyBinary("gt", a, b);
/** a >= b. */
export const ge = (a: TensorLike, b: TensorLike): Tensor => applyBinary("ge", a, b);
