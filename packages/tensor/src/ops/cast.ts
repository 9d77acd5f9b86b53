import type { DType } from "../dtype.js";
import { apply, type Tensor } from "../tensor.js";

/**
 * Converts to `dtype`. Floats truncate towards zero and saturate on the way to integers; i32 and u32 exchange their bits;
 * anything but zero is true.
 */
export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : apply("cast", [x], { dtype });
