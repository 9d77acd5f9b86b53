import { conv1d as convolve } from "@clidim/tensor";
import { checkOptions, endsFrom, oneOf, required, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { convolutionLayer, type PaddingMode, padded, paddingModes } from "./convolutionLayer.js";
import { type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

export interface Conv1dOptions extends WeightOptions {
  /** Output channels. */
  readonly out: number;
  /** Extent of the kernel. */
  readonly kernel: number;
  readonly stride?: number;
  /** Elements added at both ends, or [before, after], which makes causal convolutions: [kernel - 1, 0]. Default 0. */
  readonly padding?: number | readonly [before: number, after: number];
  /** What they are. Default "zero". */
  readonly paddingMode?: PaddingMode;
  readonly dilation?: number;
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

/** Cross-correlation of sequences [N, L, Cin] with a weight [K, Cin / groups, out], plus a bias [out]: PyTorch's Conv1d, channels last. */
export function conv1d(options: Conv1dOptions): Layer<WeightAndBias, None> {
  checkOptions("conv1d", options, {
    out: required(wholeFrom(1)),
    kernel: required(wholeFrom(1)),
    stride: wholeFrom(1),
    padding: endsFrom(0),
    paddingMode: oneOf(...paddingModes),
    dilation: wholeFrom(1),
    groups: wholeFrom(1),
    ...weightOptions,
  });
  const { out, kernel, stride = 1, padding = 0, paddingMode = "zero", dilation = 1, groups = 1 } = options;
  const ends = typeof padding === "number" ? ([padding, padding] as const) : padding;
  return convolutionLayer({
    kind: "conv1d",
    kernel: [kernel],
    out,
    groups,
    convolve: (x, weight) =>
      paddingMode === "zero"
        ? convolve(x, weight, { stride, padding: ends, dilation, groups })
        : convolve(padded(x, [ends], paddingMode), weight, { stride, dilation, groups }),
    weights: options,
  });
}
