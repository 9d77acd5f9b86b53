import { checkOptions, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { type Conv2dOptions, conv2d, convolutionOptions } from "./conv2d.js";
import { imageChannels } from "./images.js";
import type { WeightAndBias } from "./weights.js";

export interface DepthwiseConv2dOptions extends Omit<Conv2dOptions, "out" | "groups"> {
  /** Output channels per input channel. Default 1. */
  readonly multiplier?: number;
}

/** A convolution of each channel by itself: conv2d with as many groups as channels. Weight [KH, KW, 1, C * multiplier]. */
export function depthwiseConv2d(given: DepthwiseConv2dOptions): Layer<WeightAndBias, None> {
  checkOptions("depthwiseConv2d", given, { ...convolutionOptions, multiplier: wholeFrom(1) });
  const { multiplier = 1, ...options } = given;
  const of = (channels: number): Layer<WeightAndBias, None> =>
    conv2d({ ...options, out: channels * multiplier, groups: channels });
  const kind = "depthwiseConv2d";
  return checkedLayer<WeightAndBias, None>({
    kind,
    init: (key, inputShape) => of(imageChannels(kind, inputShape)).init(key, inputShape),
    apply: (variables, x, context) => of(imageChannels(kind, x.shape)).apply(variables, x, context),
    outputShape: (inputShape) => of(imageChannels(kind, inputShape)).outputShape(inputShape),
  });
}
