import {
  add,
  cast,
  conv2d as convolve,
  formatShape,
  input,
  pad,
  type Shape,
  type Tensor,
  zeros,
} from "@clidim/tensor";
import {
  type AcceptedOptions,
  checkOptions,
  oneOf,
  pairFrom,
  required,
  sidesFrom,
  wholeFrom,
} from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { initWeightAndBias, type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

/** One number for both directions, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];
/** Also [[top, bottom], [left, right]]. */
export type Padding = Pair | readonly [readonly [number, number], readonly [number, number]];

export interface Conv2dOptions extends WeightOptions {
  /** Output channels. */
  readonly out: number;
  /** Extent of the kernel. */
  readonly kernel: Pair;
  readonly stride?: Pair;
  /** Elements added around the image. Default 0. */
  readonly padding?: Padding;
  /** What they are. Default "zero". */
  readonly paddingMode?: "zero" | "reflect" | "edge" | "circular";
  readonly dilation?: Pair;
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

/** What the options of a convolution without `out` and `groups` may be. */
export const convolutionOptions: AcceptedOptions<Omit<Conv2dOptions, "out" | "groups">> = {
  kernel: required(pairFrom(1)),
  stride: pairFrom(1),
  padding: sidesFrom(0),
  paddingMode: oneOf("zero", "reflect", "edge", "circular"),
  dilation: pairFrom(1),
  ...weightOptions,
};

const conv2dOptions: AcceptedOptions<Conv2dOptions> = {
  out: required(wholeFrom(1)),
  ...convolutionOptions,
  groups: wholeFrom(1),
};

export const pairOf = (value: Pair): readonly [number, number] =>
  typeof value === "number" ? [value, value] : value;

const sidesOf = (padding: Padding): [[number, number], [number, number]] => {
  const [vertical, horizontal] = typeof padding === "number" ? [padding, padding] : padding;
  const side = (value: number | readonly [number, number]): [number, number] =>
    typeof value === "number" ? [value, value] : [value[0], value[1]];
  return [side(vertical), side(horizontal)];
};

export const imageChannels = (kind: string, shape: Shape): number => {
  if (shape.length !== 4)
    throw new Error(`${kind}: expected x of shape [N,H,W,C], got ${formatShape(shape)}`);
  return shape[3]!;
};

/**
 * Cross-correlation of [N, H, W, Cin] with a weight [KH, KW, Cin / groups, out], plus a bias [out]: PyTorch's Conv2d,
 * channels last.
 */
export function conv2d(options: Conv2dOptions): Layer<WeightAndBias, None> {
  checkOptions("conv2d", options, conv2dOptions);
  const { out, kernel, stride = 1, padding = 0, paddingMode = "zero", dilation = 1, groups = 1 } = options;
  const [kh, kw] = pairOf(kernel);
  const weightShape = (inputShape: Shape): [number, number, number, number] => {
    const channels = imageChannels("conv2d", inputShape);
    if (channels % groups !== 0 || out % groups !== 0) {
      throw new Error(
        `conv2d: ${channels} input and ${out} output channels do not divide into ${groups} groups (x ${formatShape(inputShape)})`,
      );
    }
    return [kh, kw, channels / groups, out];
  };
  const forward = (x: Tensor, weight: Tensor): Tensor => {
    if (paddingMode === "zero") return convolve(x, weight, { stride, padding, dilation, groups });
    imageChannels("conv2d", x.shape);
    const padded = pad(x, [[0, 0], ...sidesOf(padding), [0, 0]], paddingMode);
    return convolve(padded, weight, { stride, dilation, groups });
  };
  return checkedLayer<WeightAndBias, None>({
    kind: "conv2d",
    init(key, inputShape) {
      const shape = weightShape(inputShape);
      const fans = { fanIn: kh * kw * shape[2], fanOut: (kh * kw * out) / groups };
      return { params: initWeightAndBias(key, shape, out, fans, options), stats: {} };
    },
    apply({ params: { weight, bias }, stats }, x) {
      const y = forward(x, cast(weight, x.dtype));
      return { output: bias ? add(y, cast(bias, x.dtype)) : y, stats };
    },
    outputShape: (inputShape) => forward(input(inputShape, "f32"), zeros(weightShape(inputShape))).shape,
  });
}
