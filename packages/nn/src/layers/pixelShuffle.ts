import * as t from "@clidim/tensor";
import { checkValue, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";

/** Pixels from channels, [N, H, W, C * factor^2] -> [N, H * factor, W * factor, C]: PyTorch's PixelShuffle. */
export function pixelShuffle(factor: number): Layer<None, None> {
  checkValue("pixelShuffle", "factor", factor, wholeFrom(1));
  return lambda("pixelShuffle", (x) => t.pixelShuffle(x, factor));
}

/** Channels from pixels, [N, H * factor, W * factor, C] -> [N, H, W, C * factor^2]: PyTorch's PixelUnshuffle. */
export function pixelUnshuffle(factor: number): Layer<None, None> {
  checkValue("pixelUnshuffle", "factor", factor, wholeFrom(1));
  return lambda("pixelUnshuffle", (x) => t.pixelUnshuffle(x, factor));
}
