import { apply, type Tensor } from "../tensor.js";
import { applyBinary, type TensorLike } from "./tensorLike.js";

// Logical on bool, bitwise on i32 and u32, with broadcasting.

/** a and b: both, bit by bit for integers. */
export const and = (a: TensorLike, b: TensorLike): Tensor => applyBinary("and", a, b);
/** a or b: at least one, bit by bit for integers. */
export const or = (a: TensorLike, b: TensorLike): Tensor => applyBinary("or", a, b);
/** Exactly one of a and b, bit by bit for integers. */
export const xor = (a: TensorLike, b: TensorLike): Tensor => applyBinary("xor", a, b);
/** Not x; every bit of an integer turned over. */
export const not = (x: Tensor): Tensor => apply("not", [x], {});

/** Shift counts are taken modulo 32. */
export const shiftLeft = (a: TensorLike, b: TensorLike): Tensor => applyBinary("shiftLeft", a, b);

/** Arithmetic for i32, logical for u32; shift counts are taken modulo 32. */
export const shiftRight = (a: TensorLike, b: TensorLike): Tensor => applyBinary("shiftRight", a, b);
