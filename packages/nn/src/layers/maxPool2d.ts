import { type Pool2dOptions, maxPool2d as pool } from "@clidim/tensor";
import { checkOptions } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";
import { poolOptions } from "./poolOptions.js";

/** Largest value of each window of [N, H, W, C]: PyTorch's MaxPool2d (without ceil_mode, dilation and indices). */
export function maxPool2d(options: Pool2dOptions): Layer<None, None> {
  checkOptions("maxPool2d", options, poolOptions);
  return lambda("maxPool2d", (x) => pool(x, options));
}
