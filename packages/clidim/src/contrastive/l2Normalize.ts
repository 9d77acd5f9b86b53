import { cast, maximum, mul, rsqrt, square, sum, type Tensor } from "@clidim/tensor";

/** Vectors along the last axis divided by max(length, 1e-12); of halves, whose squares are soon beyond them, by a length in f32. */
export function l2Normalize(x: Tensor): Tensor {
  const wide = cast(x, "f32");
  const length = maximum(sum(square(wide), -1, { keepDims: true }), 1e-24);
  return cast(mul(wide, rsqrt(length)), x.dtype);
}
