import { apply, Tensor } from "../tensor.js";
import { applyBinary, type TensorLike } from "./tensorLike.js";

// Elementwise comparisons with broadcasting; the result is bool. A NaN is neither equal to, less nor greater than anything; false is less than true.

/** a = b. */
export const eq = (a: TensorLike, b: TensorLike): Tensor => applyBinary("eq", a, b);
/** a != b. */
export const ne = (a: TensorLike, b: TensorLike): Tensor => applyBinary("ne", a, b);
/** a < b. */
export const lt = (a: TensorLike, b: TensorLike): Tensor => compare("lt", a, b);
/** a <= b. */
export const le = (a: TensorLike, b: TensorLike): Tensor => compare("le", a, b);
/** a > b. */
export const gt = (a: TensorLike, b: TensorLike): Tensor => compare("gt", a, b);
/** a >= b. */
export const ge = (a: TensorLike, b: TensorLike): Tensor => compare("ge", a, b);

/** Bools are compared as the numbers 0 and 1. */
function compare(op: "lt" | "le" | "gt" | "ge", a: TensorLike, b: TensorLike): Tensor {
  const isBool = (x: TensorLike): boolean =>
    typeof x === "number" || (x instanceof Tensor && x.dtype === "bool");
  if (typeof a === "number" && typeof b === "number") return applyBinary(op, a, b);
  if (!isBool(a) || !isBool(b)) return applyBinary(op, a, b);
  const number = (x: TensorLike): TensorLike =>
    typeof x === "number" ? x : apply("cast", [x], { dtype: "i32" });
  return applyBinary(op, number(a), number(b));
}
