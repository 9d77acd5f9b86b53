import { formatShape, resizeBilinear, resizeNearest } from "@clidim/tensor";
import { checkOptions, oneOf, pairFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { type Pair, pairOf } from "./conv2d.js";
import { lambda } from "./lambda.js";

export interface Upsample2dOptions {
  /** Integer factor. Default 2. */
  readonly scale?: Pair;
  /** Default "nearest". */
  readonly mode?: "nearest" | "bilinear";
}

/** Enlarges images [N, H, W, C] by an integer factor: PyTorch's Upsample (bilinear with align_corners false). */
export function upsample2d(options: Upsample2dOptions = {}): Layer<None, None> {
  checkOptions("upsample2d", options, { scale: pairFrom(1), mode: oneOf("nearest", "bilinear") });
  const { scale = 2, mode = "nearest" } = options;
  const [vertical, horizontal] = pairOf(scale);
  const resize = mode === "nearest" ? resizeNearest : resizeBilinear;
  return lambda("upsample2d", (x) => {
    if (x.shape.length !== 4)
      throw new Error(`upsample2d: expected x of shape [N,H,W,C], got ${formatShape(x.shape)}`);
    return resize(x, [x.shape[1]! * vertical, x.shape[2]! * horizontal]);
  });
}
