import { conv3d as convolve } from "@clidim/tensor";
import { checkOptions, oneOf, required, tripleFrom, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { convolutionLayer, type PaddingMode, padded, paddingModes } from "./convolutionLayer.js";
import { type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

/** One number for all directions, or [depth, vertical, horizontal]. */
export type Triple = number | readonly [depth: number, vertical: number, horizontal: number];

export const tripleOf = (value: Triple): readonly [number, number, number] =>
  typeof value === "number" ? [value, value, value] : value;

export interface Conv3dOptions extends WeightOptions {
  /** Output channels. */
  readonly out: number;
  /** Extent of the kernel. */
  readonly kernel: Triple;
  readonly stride?: Triple;
  /** Elements added on both sides of each direction. Default 0. */
  readonly padding?: Triple;
  /** What they are. Default "zero". */
  readonly paddingMode?: PaddingMode;
  readonly dilation?: Triple;
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

/**
 * Cross-correlation of volumes [N, D, H, W, Cin] with a weight [KD, KH, KW, Cin / groups, out], plus a bias [out]: PyTorch's Conv3d,
 * channels last.
 */
export function conv3d(options: Conv3dOptions): Layer<WeightAndBias, None> {
  checkOptions("conv3d", options, {
    out: required(wholeFrom(1)),
    kernel: required(tripleFrom(1)),
    stride: tripleFrom(1),
    padding: tripleFrom(0),
    paddingMode: oneOf(...paddingModes),
    dilation: tripleFrom(1),
    groups: wholeFrom(1),
    ...weightOptions,
  });
  const { out, kernel, stride = 1, padding = 0, paddingMode = "zero", dilation = 1, groups = 1 } = options;
  const sides = tripleOf(padding).map((extent) => [extent, extent] as const);
  return convolutionLayer({
    kind: "conv3d",
    kernel: tripleOf(kernel),
    out,
    groups,
    convolve: (x, weight) =>
      paddingMode === "zero"
        ? convolve(x, weight, { stride, padding, dilation, groups })
        : convolve(padded(x, sides, paddingMode), weight, { stride, dilation, groups }),
    weights: options,
  });
}
