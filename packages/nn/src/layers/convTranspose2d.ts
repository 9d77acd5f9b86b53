import { convTranspose2d as transposedConvolve } from "@clidim/tensor";
import { checkOptions, pairFrom, required, sidesFrom, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { type Padding, type Pair, pairOf } from "./conv2d.js";
import { convolutionLayer } from "./convolutionLayer.js";
import { type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

export interface ConvTranspose2dOptions extends WeightOptions {
  /** Output channels. */
  readonly out: number;
  readonly kernel: Pair;
  readonly stride?: Pair;
  /** Elements cut off around the result. Default 0. */
  readonly padding?: Padding;
  /** Elements added at the bottom and right of the result. Default 0. */
  readonly outputPadding?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
}

/**
 * The adjoint of a convolution, plus a bias: PyTorch's ConvTranspose2d, channels last. [N, H, W, Cin] ->
 * [N, (H - 1) * stride - 2 * padding + dilation * (KH - 1) + outputPadding + 1, ..., out]; weight [KH, KW, out / groups, Cin].
 */
export function convTranspose2d(options: ConvTranspose2dOptions): Layer<WeightAndBias, None> {
  checkOptions("convTranspose2d", options, {
    out: required(wholeFrom(1)),
    kernel: required(pairFrom(1)),
    stride: pairFrom(1),
    padding: sidesFrom(0),
    outputPadding: pairFrom(0),
    dilation: pairFrom(1),
    groups: wholeFrom(1),
    ...weightOptions,
  });
  const { out, kernel, stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  return convolutionLayer({
    kind: "convTranspose2d",
    kernel: pairOf(kernel),
    out,
    groups,
    transposed: true,
    convolve: (x, weight) =>
      transposedConvolve(x, weight, { stride, padding, dilation, groups, outputPadding }),
    weights: options,
  });
}
