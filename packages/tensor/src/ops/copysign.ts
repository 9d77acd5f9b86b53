import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { abs, neg } from "./arithmetic.js";
import { signbit } from "./signbit.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";
import { where } from "./where.js";

/** |a| with the sign of b, that of a zero among them: NumPy's, PyTorch's and JAX's `copysign`. A NaN counts as positive. The gradient at a = 0 is 0. */
export function copysign(a: TensorLike, b: TensorLike): Tensor {
  const [x, y] = broadcastOperands("copysign", [a, b]);
  expectDType("copysign", "a", x, "float");
  expectDType("copysign", "b", y, "float");
  const size = abs(x);
  return where(signbit(y), neg(size), size);
}
