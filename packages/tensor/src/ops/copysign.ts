import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, neg, reciprocal } from "./arithmetic.js";
import { eq, lt } from "./comparison.js";
import { stopGradient } from "./control.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** |a| with the sign of b, that of a zero among them: NumPy's, PyTorch's and JAX's `copysign`. A NaN counts as positive. The gradient at a = 0 is 0. */
export function copysign(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands("copysign", [a, b]);
  expectDType("copysign", "a", x, "float");
  expectDType("copysign", "b", y, "float");
  const sign = stopGradient(y);
  const isZero = eq(sign, 0);
  // 1 / -0 is -infinity.
  const isNegative = lt(where(isZero, reciprocal(sign), sign), 0);
  const size = abs(x);
  return where(isNegative, neg(size), size);
}
