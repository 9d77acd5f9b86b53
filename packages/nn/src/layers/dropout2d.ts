import type { Shape } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { imageChannels } from "./conv2d.js";
import { checkRate, drop } from "./dropout.js";

/** Inverted dropout of whole channels of images [N,H,W,C], in training only: PyTorch's Dropout2d. `rate` is the probability that a channel of an image is zero. */
export function dropout2d(rate = 0.5): Layer<None, None> {
  checkRate("dropout2d", rate);
  const maskShape = (shape: Shape): Shape => [shape[0]!, 1, 1, imageChannels("dropout2d", shape)];
  return checkedLayer<None, None>({
    kind: "dropout2d",
    init: () => ({ params: {}, stats: {} }),
    apply: ({ stats }, x, context) => ({
      output: drop("dropout2d", x, rate, context, maskShape(x.shape)),
      stats,
    }),
    outputShape(inputShape) {
      imageChannels("dropout2d", inputShape);
      return inputShape;
    },
  });
}
