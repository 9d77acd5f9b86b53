import * as t from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";
import { extentsFrom, poolOptions } from "./poolOptions.js";

/** Largest value of each window of [N, L, C]: PyTorch's MaxPool1d. */
export function maxPool1d(options: t.MaxPoolOptions<t.Extents1d>): Layer<None, None> {
  checkOptions("maxPool1d", options, { ...poolOptions<t.Extents1d>(1), dilation: extentsFrom(1, 1) });
  return lambda("maxPool1d", (x) => t.maxPool1d(x, options));
}

/** Largest value of each window of [N, H, W, C]: PyTorch's MaxPool2d. */
export function maxPool2d(options: t.MaxPoolOptions<t.Extents2d>): Layer<None, None> {
  checkOptions("maxPool2d", options, { ...poolOptions<t.Extents2d>(2), dilation: extentsFrom(2, 1) });
  return lambda("maxPool2d", (x) => t.maxPool2d(x, options));
}

/** Largest value of each window of [N, D, H, W, C]: PyTorch's MaxPool3d. */
export function maxPool3d(options: t.MaxPoolOptions<t.Extents3d>): Layer<None, None> {
  checkOptions("maxPool3d", options, { ...poolOptions<t.Extents3d>(3), dilation: extentsFrom(3, 1) });
  return lambda("maxPool3d", (x) => t.maxPool3d(x, options));
}
