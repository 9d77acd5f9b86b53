import type { Shape } from "@clidim/tensor";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { checkRate, drop } from "./dropout.js";
import { imageChannels, type SpatialRank } from "./images.js";

function channelDropout(kind: string, rank: SpatialRank, rate: number): Layer<None, None> {
  checkRate(kind, rate);
  const maskShape = (shape: Shape): Shape => {
    const channels = imageChannels(kind, shape, rank);
    return [shape[0]!, ...new Array<number>(rank).fill(1), channels];
  };
  return checkedLayer<None, None>({
    kind,
    init: () => ({ params: {}, stats: {} }),
    apply: ({ stats }, x, context) => ({
      output: drop(kind, x, rate, context, maskShape(x.shape)),
      stats,
    }),
    outputShape(inputShape) {
      imageChannels(kind, inputShape, rank);
      return inputShape;
    },
  });
}

/** Inverted dropout of whole channels of sequences [N,L,C], in training only: PyTorch's Dropout1d. `rate` is the probability that a channel of a sequence is zero. */
export const dropout1d = (rate = 0.5): Layer<None, None> => channelDropout("dropout1d", 1, rate);

/** Inverted dropout of whole channels of images [N,H,W,C], in training only: PyTorch's Dropout2d. `rate` is the probability that a channel of an image is zero. */
export const dropout2d = (rate = 0.5): Layer<None, None> => channelDropout("dropout2d", 2, rate);

/** Inverted dropout of whole channels of volumes [N,D,H,W,C], in training only: PyTorch's Dropout3d. `rate` is the probability that a channel of a volume is zero. */
export const dropout3d = (rate = 0.5): Layer<None, None> => channelDropout("dropout3d", 3, rate);
