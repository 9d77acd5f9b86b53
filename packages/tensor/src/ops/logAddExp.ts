import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add, exp, maximum, mul, sub } from "./arithmetic.js";
import { isinf } from "./classification.js";
import { eq, gt } from "./comparison.js";
import { log1p } from "./log1p.js";
import { and } from "./logic.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** log(e^a + e^b) without overflow, elementwise: NumPy's, PyTorch's and JAX's `logaddexp`. */
export function logAddExp(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands("logAddExp", [a, b]);
  expectDType("logAddExp", "a", x, "float");
  // By comparison, as there is no kink where both are equal: `maximum` and `abs` have no second derivative there. But equal infinities have no difference, and share their gradient.
  const above = gt(x, y);
  const infinite = and(eq(x, y), isinf(x));
  const below = where(infinite, 0, where(above, sub(y, x), sub(x, y)));
  return add(where(infinite, maximum(x, y), where(above, x, y)), log1p(exp(below)));
}

/** log2(2^a + 2^b) without overflow, elementwise: NumPy's, PyTorch's and JAX's `logaddexp2`. */
export function logAddExp2(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands("logAddExp2", [a, b]);
  expectDType("logAddExp2", "a", x, "float");
  return mul(logAddExp(mul(x, Math.LN2), mul(y, Math.LN2)), Math.LOG2E);
}
