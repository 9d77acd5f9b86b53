import { isFloat } from "../dtype.js";
import type { Tensor } from "../tensor.js";
import { add, div, rem, round, sub } from "./arithmetic.js";
import { cast } from "./cast.js";
import { eq, lt, ne } from "./comparison.js";
import { stopGradient } from "./control.js";
import { and } from "./logic.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** Whether the quotient rounded towards 0 is one more than that rounded down, given the remainder r. */
const isAbove = (r: Tensor, b: Tensor): Tensor => and(ne(r, 0), ne(lt(r, 0), lt(b, 0)));

/**
 * a - b floor(a / b), which has the sign of b, as Python's %, NumPy's mod and PyTorch's remainder: exact but for one rounding where the signs of a and b differ. NaN of
 * floats by 0; of integers by 0 it is 0.
 */
export function mod(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands("mod", [a, b]);
  const r = rem(x, y);
  return where(isAbove(r, y), add(r, y), r);
}

/**
 * floor(a / b), as Python's //, NumPy's and PyTorch's floor_divide: of the exact quotient, also of floats; no gradient. Integers by 0 stay what they are.
 */
export function floorDivide(a: TensorLike, b: TensorLike): Tensor {
  const [dividend, divisor] = broadcastOperands("floorDivide", [a, b]);
  const [x, y] = [stopGradient(dividend), stopGradient(divisor)];
  const r = rem(x, y);
  const above = isAbove(r, y);
  if (!isFloat(x.dtype)) return sub(div(x, y), cast(above, x.dtype));
  const towardsZero = div(sub(x, r), y);
  return where(eq(y, 0), div(x, y), round(sub(towardsZero, cast(above, x.dtype))));
}
