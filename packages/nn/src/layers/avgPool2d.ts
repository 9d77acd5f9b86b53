import { type Pool2dOptions, avgPool2d as pool } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";
import { poolOptions } from "./poolOptions.js";

/** Mean of each window of [N, H, W, C], padding counted as zeros: PyTorch's AvgPool2d (without ceil_mode). */
export function avgPool2d(options: Pool2dOptions): Layer<None, None> {
  checkOptions("avgPool2d", options, poolOptions);
  return lambda("avgPool2d", (x) => pool(x, options));
}
