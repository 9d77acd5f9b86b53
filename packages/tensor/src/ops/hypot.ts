import { expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { complexAbs } from "./complex.js";
import { broadcastOperands, type TensorLike } from "./tensorLike.js";

/** sqrt(x^2 + y^2), also where the squares are beyond the dtype's range: NumPy's and PyTorch's `hypot`. Of an infinity it is infinity, whatever the other is. Its gradient at the origin is 0, where PyTorch's is NaN. */
export function hypot(x: TensorLike, y: TensorLike): Tensor {
  const [real, imag] = broadcastOperands("hypot", [x, y]);
  expectDType("hypot", "x", real, "float");
  expectDType("hypot", "y", imag, "float");
  return complexAbs({ real, imag });
}
