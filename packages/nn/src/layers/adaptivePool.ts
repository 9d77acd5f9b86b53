import * as t from "@clidim/tensor";
import { checkValue } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import type { SpatialRank } from "./images.js";
import { lambda } from "./lambda.js";
import { extentsFrom } from "./poolOptions.js";

type Size<Extents> = number | Extents;

function adaptivePool<Extents>(
  kind: string,
  rank: SpatialRank,
  size: Size<Extents>,
  pool: (x: t.Tensor, size: Size<Extents>) => t.Tensor,
): Layer<None, None> {
  checkValue(kind, "size", size, extentsFrom(rank, 1));
  return lambda(kind, (x) => pool(x, size));
}

/** Means of [N, L, C] over `size` windows that cover it: PyTorch's AdaptiveAvgPool1d. */
export const adaptiveAvgPool1d = (size: Size<t.Extents1d>): Layer<None, None> =>
  adaptivePool("adaptiveAvgPool1d", 1, size, t.adaptiveAvgPool1d);

/** Means of [N, H, W, C] over `size` windows per axis that cover it: PyTorch's AdaptiveAvgPool2d. */
export const adaptiveAvgPool2d = (size: Size<t.Extents2d>): Layer<None, None> =>
  adaptivePool("adaptiveAvgPool2d", 2, size, t.adaptiveAvgPool2d);

/** Means of [N, D, H, W, C] over `size` windows per axis that cover it: PyTorch's AdaptiveAvgPool3d. */
export const adaptiveAvgPool3d = (size: Size<t.Extents3d>): Layer<None, None> =>
  adaptivePool("adaptiveAvgPool3d", 3, size, t.adaptiveAvgPool3d);

/** Largest values of [N, L, C] in `size` windows that cover it: PyTorch's AdaptiveMaxPool1d. */
export const adaptiveMaxPool1d = (size: Size<t.Extents1d>): Layer<None, None> =>
  adaptivePool("adaptiveMaxPool1d", 1, size, t.adaptiveMaxPool1d);

/** Largest values of [N, H, W, C] in `size` windows per axis that cover it: PyTorch's AdaptiveMaxPool2d. */
export const adaptiveMaxPool2d = (size: Size<t.Extents2d>): Layer<None, None> =>
  adaptivePool("adaptiveMaxPool2d", 2, size, t.adaptiveMaxPool2d);

/** Largest values of [N, D, H, W, C] in `size` windows per axis that cover it: PyTorch's AdaptiveMaxPool3d. */
export const adaptiveMaxPool3d = (size: Size<t.Extents3d>): Layer<None, None> =>
  adaptivePool("adaptiveMaxPool3d", 3, size, t.adaptiveMaxPool3d);
