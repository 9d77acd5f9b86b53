import type { Tensor } from "../tensor.js";
import { applyBinary, type TensorLike } from "./tensorLike.js";

// Elementwise comparisons with broadcasting; the result is bool.

export const eq = (a: TensorLike, b: TensorLike): Tensor => applyBinary("eq", a, b);
export const ne = (a: TensorLike, b: TensorLike): Tensor => applyBinary("ne", a, b);
export const lt = (a: TensorLike, b: TensorLike): Tensor => applyBinary("lt", a, b);
export const le = (a: TensorLike, b: TensorLike): Tensor => applyBinary("le", a, b);
export const gt = (a: TensorLike, b: TensorLike): Tensor => applyBinary("gt", a, b);
export const ge = (a: TensorLike, b: TensorLike): Tensor => applyBinary("ge", a, b);
