import { type AvgPoolOptions, type Extents2d, avgPool2d as pool } from "@clidim/tensor";
import { checkOptions, flag } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";
import { poolOptions } from "./poolOptions.js";

/** Mean of each window of [N, H, W, C]: PyTorch's AvgPool2d. */
export function avgPool2d(options: AvgPoolOptions<Extents2d>): Layer<None, None> {
  checkOptions("avgPool2d", options, { ...poolOptions, countIncludePad: flag });
  return lambda("avgPool2d", (x) => pool(x, options));
}
