import { describe, expectDType } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { averageAlong, largestAlong } from "./coveringWindows.js";
import {
  type Extents1d,
  type Extents2d,
  type Extents3d,
  expectImages,
  extentsOf,
  type SpatialRank,
} from "./pooling.js";

function adaptivePool(
  op: string,
  rank: SpatialRank,
  x: Tensor,
  size: number | readonly number[],
  along: (x: Tensor, axis: number, size: number) => Tensor,
): Tensor {
  expectDType(op, "x", x, "float");
  expectImages(op, rank, x);
  const sizes = extentsOf(op, "size", rank, size, 1);
  if (x.shape.slice(1, -1).includes(0)) {
    throw new Error(`${op}: there is nothing to pool in x ${describe(x)}; images have at least one pixel`);
  }
  return sizes.reduce(
    (pooled, extent, i) => (pooled.shape[i + 1] === extent ? pooled : along(pooled, i + 1, extent)),
    x,
  );
}

/** Means of x [N,L,C] over `size` windows that cover it: PyTorch's adaptive_avg_pool1d. */
export const adaptiveAvgPool1d = (x: Tensor, size: number | Extents1d): Tensor =>
  adaptivePool("adaptiveAvgPool1d", 1, x, size, averageAlong);

/** Means of x [N,H,W,C] over `size` windows per axis that cover it: PyTorch's adaptive_avg_pool2d. */
export const adaptiveAvgPool2d = (x: Tensor, size: number | Extents2d): Tensor =>
  adaptivePool("adaptiveAvgPool2d", 2, x, size, averageAlong);

/** Means of x [N,D,H,W,C] over `size` windows per axis that cover it: PyTorch's adaptive_avg_pool3d. */
export const adaptiveAvgPool3d = (x: Tensor, size: number | Extents3d): Tensor =>
  adaptivePool("adaptiveAvgPool3d", 3, x, size, averageAlong);

/** Largest values of x [N,L,C] in `size` windows that cover it: PyTorch's adaptive_max_pool1d. Elements that tie share the gradient, axis by axis and so not always in equal parts. */
export const adaptiveMaxPool1d = (x: Tensor, size: number | Extents1d): Tensor =>
  adaptivePool("adaptiveMaxPool1d", 1, x, size, largestAlong);

/** Largest values of x [N,H,W,C] in `size` windows per axis that cover it: PyTorch's adaptive_max_pool2d. Elements that tie share the gradient, axis by axis and so not always in equal parts. */
export const adaptiveMaxPool2d = (x: Tensor, size: number | Extents2d): Tensor =>
  adaptivePool("adaptiveMaxPool2d", 2, x, size, largestAlong);

/** Largest values of x [N,D,H,W,C] in `size` windows per axis that cover it: PyTorch's adaptive_max_pool3d. Elements that tie share the gradient, axis by axis and so not always in equal parts. */
export const adaptiveMaxPool3d = (x: Tensor, size: number | Extents3d): Tensor =>
  adaptivePool("adaptiveMaxPool3d", 3, x, size, largestAlong);
