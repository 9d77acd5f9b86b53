import { describe, expectDType, expectNumbers, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { type Along, linearAlong, nearestAlong, resizeAxes } from "./resample.js";

function resize(op: string, x: Tensor, size: readonly [number, number], along: Along): Tensor {
  expectTensor(op, "x", x);
  expectNumbers(op, "size", size, "write [height, width]");
  if (x.shape.length !== 4) throw new Error(`${op}: expected x of shape [N,H,W,C], got ${describe(x)}`);
  if (size.length !== 2 || size.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    throw new Error(`${op}: size must be [height, width] in whole numbers of at least 1, got [${size}]`);
  }
  return resizeAxes(op, x, size, along);
}

/**
 * Images x [N,H,W,C] at another `size` [height, width]: output row i is row floor(i * H / height), columns alike, as PyTorch's
 * interpolate does with mode "nearest".
 */
export const resizeNearest = (x: Tensor, size: readonly [number, number]): Tensor =>
  resize("resizeNearest", x, size, nearestAlong);

/**
 * Images x [N,H,W,C] at another `size` [height, width], interpolated linearly between pixel centres: output row i lies at
 * (i + 0.5) * H / height - 0.5, columns alike, and the edge repeats. PyTorch's interpolate with mode "bilinear", align_corners
 * false and no antialiasing.
 */
export function resizeBilinear(x: Tensor, size: readonly [number, number]): Tensor {
  expectDType("resizeBilinear", "x", x, "float");
  return resize("resizeBilinear", x, size, linearAlong);
}
