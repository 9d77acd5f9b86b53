import { reshape, sizeOf } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { lambda } from "./lambda.js";

/** All axes from `from` (default 1) on as one: [N, H, W, C] -> [N, H * W * C], channels fastest. */
export const flatten = (from = 1): Layer<None, None> =>
  lambda("flatten", (x) => {
    if (x.shape.length < from) {
      throw new Error(
        `flatten: expected at least ${from} axes, got x [${x.shape.join(",")}]; lower \`from\``,
      );
    }
    return reshape(x, [...x.shape.slice(0, from), sizeOf(x.shape.slice(from))]);
  });
