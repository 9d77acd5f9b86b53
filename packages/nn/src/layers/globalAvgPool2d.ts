import { formatShape, mean } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";

/** Mean over the image, [N, H, W, C] -> [N, C]: PyTorch's AdaptiveAvgPool2d(1) and a flatten. */
export const globalAvgPool2d = (): Layer<None, None> =>
  lambda("globalAvgPool2d", (x) => {
    if (x.shape.length !== 4) {
      throw new Error(`globalAvgPool2d: expected x of shape [N,H,W,C], got ${formatShape(x.shape)}`);
    }
    return mean(x, [1, 2]);
  });
