import { expectTensor } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { full } from "./creation.js";
import { applyBinary, broadcastOperands, expectTensorLike, type TensorLike } from "./tensorLike.js";

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

/** Numbers are true unless they are 0; NaN is true. */
function truth(op: string, name: string, x: TensorLike): Tensor {
  expectTensorLike(op, name, x);
  return typeof x === "number" ? full([], Number(x !== 0), "bool") : cast(x, "bool");
}

const logical = (op: string, primitive: "and" | "or" | "xor", a: TensorLike, b: TensorLike): Tensor =>
  apply(primitive, broadcastOperands(op, [truth(op, "a", a), truth(op, "b", b)]), {});

/** Whether both a and b are true, of any dtype: NumPy's and PyTorch's logical_and. */
export const logicalAnd = (a: TensorLike, b: TensorLike): Tensor => logical("logicalAnd", "and", a, b);
/** Whether a or b is true, of any dtype. */
export const logicalOr = (a: TensorLike, b: TensorLike): Tensor => logical("logicalOr", "or", a, b);
/** Whether exactly one of a and b is true, of any dtype. */
export const logicalXor = (a: TensorLike, b: TensorLike): Tensor => logical("logicalXor", "xor", a, b);
/** Whether x is not true, of any dtype. */
export function logicalNot(x: Tensor): Tensor {
  expectTensor("logicalNot", "x", x);
  return not(cast(x, "bool"));
}
