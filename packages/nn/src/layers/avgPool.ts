import * as t from "@clidim/tensor";
import { checkOptions, flag } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";
import { poolOptions } from "./poolOptions.js";

/** Mean of each window of [N, L, C]: PyTorch's AvgPool1d. */
export function avgPool1d(options: t.AvgPoolOptions<t.Extents1d>): Layer<None, None> {
  checkOptions("avgPool1d", options, { ...poolOptions<t.Extents1d>(1), countIncludePad: flag });
  return lambda("avgPool1d", (x) => t.avgPool1d(x, options));
}

/** Mean of each window of [N, H, W, C]: PyTorch's AvgPool2d. */
export function avgPool2d(options: t.AvgPoolOptions<t.Extents2d>): Layer<None, None> {
  checkOptions("avgPool2d", options, { ...poolOptions<t.Extents2d>(2), countIncludePad: flag });
  return lambda("avgPool2d", (x) => t.avgPool2d(x, options));
}

/** Mean of each window of [N, D, H, W, C]: PyTorch's AvgPool3d. */
export function avgPool3d(options: t.AvgPoolOptions<t.Extents3d>): Layer<None, None> {
  checkOptions("avgPool3d", options, { ...poolOptions<t.Extents3d>(3), countIncludePad: flag });
  return lambda("avgPool3d", (x) => t.avgPool3d(x, options));
}
