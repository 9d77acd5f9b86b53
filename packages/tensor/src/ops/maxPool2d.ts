import type { Tensor } from "../tensor.js";
import { maximum } from "./arithmetic.js";
import { pad } from "./pad.js";
import { type Pool2dOptions, pool2d } from "./pool2d.js";
import { max } from "./reductions.js";

/** The most negative finite values: padding never wins. */
const lowest = { f32: -3.4028234663852886e38, f16: -65504 } as const;

/**
 * Largest value of each window of x [N,H,W,C]: PyTorch's max_pool2d without ceil_mode, dilation and indices. Elements that tie share the
 * gradient.
 */
export const maxPool2d = (x: Tensor, options: Pool2dOptions): Tensor =>
  pool2d("maxPool2d", x, options, {
    reduce: (windows, axis) => max(windows, axis, { keepDims: true }),
    combine: maximum,
    pad: (image, widths) =>
      pad(image, widths, "constant", { value: lowest[image.dtype === "f16" ? "f16" : "f32"] }),
  });
