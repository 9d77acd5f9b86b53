import { gt, max, maximum, onesLike, pad, type Tensor, where } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";
import { type Pool2dOptions, pool2d } from "./pool2d.js";

/** The most negative f32: padding never wins. */
const lowest = -3.4028234663852886e38;

const padLowest = (x: Tensor, widths: [number, number][]): Tensor =>
  where(gt(pad(onesLike(x), widths), 0), pad(x, widths), lowest);

/** Largest value of each window of [N, H, W, C]: PyTorch's MaxPool2d (without ceil_mode, dilation and indices). */
export const maxPool2d = (options: Pool2dOptions): Layer<None, None> =>
  lambda("maxPool2d", (x) =>
    pool2d("maxPool2d", x, options, {
      reduce: (windows, axis) => max(windows, [axis], { keepDims: true }),
      combine: maximum,
      pad: padLowest,
    }),
  );
