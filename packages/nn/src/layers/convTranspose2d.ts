import {
  add,
  cast,
  formatShape,
  input,
  type Shape,
  type Tensor,
  convTranspose2d as transposedConvolve,
  zeros,
} from "@clidim/tensor";
import { checkOptions, pairFrom, required, sidesFrom, wholeFrom } from "../checkOptions.js";
import type { Layer, None } from "../layer.js";
import { checkedLayer } from "./checkedLayer.js";
import { imageChannels, type Padding, type Pair, pairOf } from "./conv2d.js";
import { initWeightAndBias, type WeightAndBias, type WeightOptions, weightOptions } from "./weights.js";

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
  const [kh, kw] = pairOf(kernel);
  const weightShape = (inputShape: Shape): [number, number, number, number] => {
    const channels = imageChannels("convTranspose2d", inputShape);
    if (channels % groups !== 0 || out % groups !== 0) {
      throw new Error(
        `convTranspose2d: ${channels} input and ${out} output channels do not divide into ${groups} groups (x ${formatShape(inputShape)})`,
      );
    }
    return [kh, kw, out / groups, channels];
  };
  const forward = (x: Tensor, weight: Tensor): Tensor =>
    transposedConvolve(x, weight, { stride, padding, dilation, groups, outputPadding });
  return checkedLayer<WeightAndBias, None>({
    kind: "convTranspose2d",
    init(key, inputShape) {
      const shape = weightShape(inputShape);
      // PyTorch takes the fan in of a transposed convolution from the axis of its output channels.
      const fans = { fanIn: kh * kw * shape[2], fanOut: kh * kw * shape[3] };
      return { params: initWeightAndBias(key, shape, out, fans, options), stats: {} };
    },
    apply({ params: { weight, bias }, stats }, x) {
      const y = forward(x, cast(weight, x.dtype));
      return { output: bias ? add(y, cast(bias, x.dtype)) : y, stats };
    },
    outputShape: (inputShape) => forward(input(inputShape, "f32"), zeros(weightShape(inputShape))).shape,
  });
}
