import { conv2d as convolve } from "@clidim/tensor";
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
import { convolutionLayer, type PaddingMode, padded, paddingModes, type Sides } from "./convolutionLayer.js";
import { type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

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
  readonly paddingMode?: PaddingMode;
  readonly dilation?: Pair;
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

/** What the options of a convolution without `out` and `groups` may be. */
export const convolutionOptions: AcceptedOptions<Omit<Conv2dOptions, "out" | "groups">> = {
  kernel: required(pairFrom(1)),
  stride: pairFrom(1),
  padding: sidesFrom(0),
  paddingMode: oneOf(...paddingModes),
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

const sidesOf = (padding: Padding): Sides => {
  const [vertical, horizontal] = typeof padding === "number" ? [padding, padding] : padding;
  const side = (value: number | readonly [number, number]): readonly [number, number] =>
    typeof value === "number" ? [value, value] : value;
  return [side(vertical), side(horizontal)];
};

/**
 * Cross-correlation of [N, H, W, Cin] with a weight [KH, KW, Cin / groups, out], plus a bias [out]: PyTorch's Conv2d,
 * channels last.
 */
export function conv2d(options: Conv2dOptions): Layer<WeightAndBias, None> {
  checkOptions("conv2d", options, conv2dOptions);
  const { out, kernel, stride = 1, padding = 0, paddingMode = "zero", dilation = 1, groups = 1 } = options;
  return convolutionLayer({
    kind: "conv2d",
    kernel: pairOf(kernel),
    out,
    groups,
    convolve: (x, weight) =>
      paddingMode === "zero"
        ? convolve(x, weight, { stride, padding, dilation, groups })
        : convolve(padded(x, sidesOf(padding), paddingMode), weight, { stride, dilation, groups }),
    weights: options,
  });
}
