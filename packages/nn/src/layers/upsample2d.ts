import { formatShape, resizeBilinear, resizeNearest } from "@clidim/tensor";
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
export function upsample2d({ scale = 2, mode = "nearest" }: Upsample2dOptions = {}): Layer<None, None> {
  const [vertical, horizontal] = pairOf(scale);
  if (![vertical, horizontal].every((factor) => Number.isInteger(factor) && factor >= 1)) {
    throw new Error(`upsample2d: expected a whole scale of at least 1, got [${vertical},${horizontal}]`);
  }
  const resize = mode === "nearest" ? resizeNearest : resizeBilinear;
  return lambda("upsample2d", (x) => {
    if (x.shape.length !== 4)
      throw new Error(`upsample2d: expected x of shape [N,H,W,C], got ${formatShape(x.shape)}`);
    return resize(x, [x.shape[1]! * vertical, x.shape[2]! * horizontal]);
  });
}
