import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, add, exp, maximum, mul, neg, sub } from "./arithmetic.js";
import { eq } from "./comparison.js";
import { log1p } from "./log1p.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** log(e^a + e^b) without overflow, elementwise: NumPy's, PyTorch's and JAX's `logaddexp`. */
export function logAddExp(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands("logAddExp", [a, b]);
  expectDType("logAddExp", "a", x, "float");
  // Equal infinities are 0 apart.
  const apart = where(eq(x, y), 0, sub(x, y));
  return add(maximum(x, y), log1p(exp(neg(abs(apart)))));
}

/** log2(2^a + 2^b) without overflow, elementwise: NumPy's, PyTorch's and JAX's `logaddexp2`. */
export function logAddExp2(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands("logAddExp2", [a, b]);
  expectDType("logAddExp2", "a", x, "float");
  return mul(logAddExp(mul(x, Math.LN2), mul(y, Math.LN2)), Math.LOG2E);
}
