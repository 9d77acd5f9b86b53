import { add, mul, pad, sum } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { pairOf } from "./conv2d.js";
import { lambda } from "./lambda.js";
import { type Pool2dOptions, pool2d } from "./pool2d.js";

/** Mean of each window of [N, H, W, C], padding counted as zeros: PyTorch's AvgPool2d (without ceil_mode). */
export const avgPool2d = (options: Pool2dOptions): Layer<None, None> =>
  lambda("avgPool2d", (x) => {
    const [kh, kw] = pairOf(options.kernel);
    const total = pool2d("avgPool2d", x, options, {
      reduce: (windows, axis) => sum(windows, [axis], { keepDims: true }),
      combine: add,
      pad: (image, widths) => pad(image, widths),
    });
    return mul(total, 1 / (kh * kw));
  });
