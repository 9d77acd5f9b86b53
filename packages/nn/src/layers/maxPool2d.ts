import { type Extents2d, type MaxPoolOptions, maxPool2d as pool } from "@clidim/tensor";
import { checkOptions, pairFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";
import { poolOptions } from "./poolOptions.js";

/** Largest value of each window of [N, H, W, C]: PyTorch's MaxPool2d. */
export function maxPool2d(options: MaxPoolOptions<Extents2d>): Layer<None, None> {
  checkOptions("maxPool2d", options, { ...poolOptions, dilation: pairFrom(1) });
  return lambda("maxPool2d", (x) => pool(x, options));
}
