import { type Pool2dOptions, avgPool2d as pool } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";

/** Mean of each window of [N, H, W, C], padding counted as zeros: PyTorch's AvgPool2d (without ceil_mode). */
export const avgPool2d = (options: Pool2dOptions): Layer<None, None> =>
  lambda("avgPool2d", (x) => pool(x, options));
