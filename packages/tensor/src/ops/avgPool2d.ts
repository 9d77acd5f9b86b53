import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { pad } from "./pad.js";
import { pairOf } from "./pair.js";
import { type Pool2dOptions, pool2d } from "./pool2d.js";
import { sum } from "./reductions.js";

/** Mean of each window of x [N,H,W,C], padding counted as zeros: PyTorch's avg_pool2d without ceil_mode. */
export function avgPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  const total = pool2d("avgPool2d", x, options, {
    reduce: (windows, axis) => sum(windows, axis, { keepDims: true }),
    combine: add,
    pad,
  });
  const [height, width] = pairOf("avgPool2d", "kernel", options.kernel);
  return mul(total, 1 / (height * width));
}
