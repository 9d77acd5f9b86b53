import { isFloat } from "../dtype.js";
import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { maximum, minimum } from "./arithmetic.js";
import { isnan } from "./classification.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

function known(op: "fmax" | "fmin", a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands(op, [a, b]);
  expectDType(op, "a", x, "numeric");
  const extreme = op === "fmax" ? maximum(x, y) : minimum(x, y);
  return isFloat(x.dtype) ? where(isnan(x), y, where(isnan(y), x, extreme)) : extreme;
}

/** The larger of a and b, the other one where one is NaN: NumPy's, PyTorch's and JAX's `fmax`; `maximum` is NaN there. */
export const fmax = (a: TensorLike, b: TensorLike): Tensor => known("fmax", a, b);

/** The smaller of a and b, the other one where one is NaN: NumPy's, PyTorch's and JAX's `fmin`; `minimum` is NaN there. */
export const fmin = (a: TensorLike, b: TensorLike): Tensor => known("fmin", a, b);
