import { input, type Shape, type Tensor } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";

/** A layer without variables from a pure function of a tensor. */
export const lambda = (kind: string, f: (x: Tensor) => Tensor): Layer<None, None> => ({
  kind,
  init: () => ({ params: {}, stats: {} }),
  apply: ({ stats }, x) => ({ output: f(x), stats }),
  outputShape: (inputShape: Shape): Shape => f(input(inputShape, "f32")).shape,
});
