import { convTranspose1d as transposedConvolve } from "@clidim/tensor";
import { checkOptions, required, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { convolutionLayer } from "./convolutionLayer.js";
import { type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

export interface ConvTranspose1dOptions extends WeightOptions {
  /** Output channels. */
  readonly out: number;
  readonly kernel: number;
  readonly stride?: number;
  /** Elements cut off at both ends of the result. Default 0. */
  readonly padding?: number;
  /** Elements added at the end of the result, fewer than the stride. Default 0. */
  readonly outputPadding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

/**
 * The adjoint of a convolution of sequences, plus a bias: PyTorch's ConvTranspose1d, channels last. [N, L, Cin] ->
 * [N, (L - 1) * stride - 2 * padding + dilation * (K - 1) + outputPadding + 1, out]; weight [K, out / groups, Cin].
 */
export function convTranspose1d(options: ConvTranspose1dOptions): Layer<WeightAndBias, None> {
  checkOptions("convTranspose1d", options, {
    out: required(wholeFrom(1)),
    kernel: required(wholeFrom(1)),
    stride: wholeFrom(1),
    padding: wholeFrom(0),
    outputPadding: wholeFrom(0),
    dilation: wholeFrom(1),
    groups: wholeFrom(1),
    ...weightOptions,
  });
  const { out, kernel, stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  return convolutionLayer({
    kind: "convTranspose1d",
    kernel: [kernel],
    out,
    groups,
    transposed: true,
    convolve: (x, weight) =>
      transposedConvolve(x, weight, { stride, padding, outputPadding, dilation, groups }),
    weights: options,
  });
}
