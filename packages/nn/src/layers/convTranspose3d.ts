import { convTranspose3d as transposedConvolve } from "@clidim/tensor";
import { checkOptions, required, tripleFrom, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { type Triple, tripleOf } from "./conv3d.js";
import { convolutionLayer } from "./convolutionLayer.js";
import { type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

export interface ConvTranspose3dOptions extends WeightOptions {
  /** Output channels. */
  readonly out: number;
  readonly kernel: Triple;
  readonly stride?: Triple;
  /** Elements cut off around the result. Default 0. */
  readonly padding?: Triple;
  /** Elements added at the end of each direction of the result, fewer than the stride. Default 0. */
  readonly outputPadding?: Triple;
  readonly dilation?: Triple;
  readonly groups?: number;
}

/**
 * The adjoint of a convolution of volumes, plus a bias: PyTorch's ConvTranspose3d, channels last. [N, D, H, W, Cin] ->
 * [N, (D - 1) * stride - 2 * padding + dilation * (KD - 1) + outputPadding + 1, ..., out]; weight [KD, KH, KW, out / groups, Cin].
 */
export function convTranspose3d(options: ConvTranspose3dOptions): Layer<WeightAndBias, None> {
  checkOptions("convTranspose3d", options, {
    out: required(wholeFrom(1)),
    kernel: required(tripleFrom(1)),
    stride: tripleFrom(1),
    padding: tripleFrom(0),
    outputPadding: tripleFrom(0),
    dilation: tripleFrom(1),
    groups: wholeFrom(1),
    ...weightOptions,
  });
  const { out, kernel, stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  return convolutionLayer({
    kind: "convTranspose3d",
    kernel: tripleOf(kernel),
    out,
    groups,
    transposed: true,
    convolve: (x, weight) =>
      transposedConvolve(x, weight, { stride, padding, outputPadding, dilation, groups }),
    weights: options,
  });
}
