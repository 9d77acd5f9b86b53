import { apply, type ConvParams, type Tensor } from "@clidim/tensor";
import { binary, type VjpRule } from "./rule.js";

/**
 * The convolution and its two adjoints are one trilinear form, <conv2d(x, w), y> = <x, convTranspose2d(y, w)> =
 * <w, conv2dWeightGradient(x, y)>, so the gradients of each are the other two with the upstream gradient in the place of its output.
 */
const toY = (x: Tensor, w: Tensor, { stride, padding, dilation, groups }: ConvParams): Tensor =>
  apply("conv2d", [x, w], { stride, padding, dilation, groups });

const toX = (y: Tensor, w: Tensor, like: Tensor, { stride, padding, dilation, groups }: ConvParams): Tensor =>
  apply("convTranspose2d", [y, w], {
    stride,
    padding,
    dilation,
    groups,
    outputSize: [like.shape[1]!, like.shape[2]!],
  });

const toWeight = (
  x: Tensor,
  y: Tensor,
  like: Tensor,
  { stride, padding, dilation, groups }: ConvParams,
): Tensor =>
  apply("conv2dWeightGradient", [x, y], {
    stride,
    padding,
    dilation,
    groups,
    kernelSize: [like.shape[0]!, like.shape[1]!],
  });

export const conv2d: VjpRule<"conv2d"> = binary(
  (g, x, w, _y, params) => toX(g, w, x, params),
  (g, x, w, _y, params) => toWeight(x, g, w, params),
);

export const convTranspose2d: VjpRule<"convTranspose2d"> = binary(
  (g, _y, w, _x, params) => toY(g, w, params),
  (g, y, w, _x, params) => toWeight(g, y, w, params),
);

export const conv2dWeightGradient: VjpRule<"conv2dWeightGradient"> = binary(
  (g, x, y, _w, params) => toX(y, g, x, params),
  (g, x, _y, _w, params) => toY(x, g, params),
);
