import { maximum, mul, rsqrt, square, sum, type Tensor } from "@clidim/tensor";

/** Vectors along the last axis divided by max(length, 1e-12). */
export const l2Normalize = (x: Tensor): Tensor =>
  mul(x, rsqrt(maximum(sum(square(x), -1, { keepDims: true }), 1e-24)));
