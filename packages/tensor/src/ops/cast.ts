import type { DType } from "../dtype.js";
import { expectTensor } from "../primitives/expect.js";
import { apply, type Tensor } from "../tensor.js";

/**
 * Converts to `dtype`. Floats truncate towards zero and saturate on the way to integers; i32 and u32 exchange their bits;
 * anything but zero is true.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  expectTensor("cast", "x", x);
  return x.dtype === dtype ? x : apply("cast", [x], { dtype });
}
