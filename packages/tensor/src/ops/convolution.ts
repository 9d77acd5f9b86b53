import type { ConvParams } from "../primitives/params.js";
import { apply, type Tensor } from "../tensor.js";
import { pairOf } from "./pair.js";

/** Geometry of a two-dimensional convolution; one number serves both directions, pairs are [vertical, horizontal]. */
export interface ConvOptions {
  /** Default 1. */
  readonly stride?: number | readonly [number, number];
  /** Zeros added around the input, pairwise equal or as [[top, bottom], [left, right]]. Default 0. */
  readonly padding?:
    | number
    | readonly [number, number]
    | readonly [readonly [number, number], readonly [number, number]];
  /** Distance between kernel taps. Default 1. */
  readonly dilation?: number | readonly [number, number];
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

/** Geometry of the convolution that is transposed, and the size to choose among its inputs. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Rows and columns added at the bottom and right to choose among the inputs of one output size. Default 0. */
  readonly outputPadding?: number | readonly [number, number];
  /** The extents of the result, instead of `outputPadding`. */
  readonly outputSize?: readonly [number, number];
}

function geometry({ stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions): ConvParams {
  const [vertical, horizontal] = typeof padding === "number" ? [padding, padding] : padding;
  return {
    stride: pairOf(stride),
    padding: [pairOf(vertical), pairOf(horizontal)],
    dilation: pairOf(dilation),
    groups,
  };
}

/**
 * Cross-correlation of x [N,H,W,Cin] with weight [KH,KW,Cin/groups,Cout], as PyTorch's conv2d computes it; the result is
 * [N,Ho,Wo,Cout] with Ho = floor((H + top + bottom - dilation * (KH - 1) - 1) / stride) + 1. Output channel c belongs to group
 * floor(c * groups / Cout).
 */
export const conv2d = (x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor =>
  apply("conv2d", [x, weight], geometry(options));

/**
 * The adjoint of conv2d in x: y [N,Ho,Wo,Cout] and weight [KH,KW,Cin/groups,Cout] give [N,H,W,Cin], where
 * H = (Ho - 1) * stride - top - bottom + dilation * (KH - 1) + 1 + outputPadding.
 * PyTorch's conv_transpose2d with in_channels = Cout and out_channels = Cin.
 */
export function convTranspose2d(y: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const params = geometry(options);
  const { stride, padding, dilation } = params;
  if (options.outputSize && options.outputPadding !== undefined) {
    throw new Error("convTranspose2d: outputSize and outputPadding say the same thing; give one of them");
  }
  const extra = pairOf(options.outputPadding ?? 0);
  const extent = (axis: 0 | 1): number =>
    (y.shape[axis + 1]! - 1) * stride[axis] -
    padding[axis][0] -
    padding[axis][1] +
    dilation[axis] * (weight.shape[axis]! - 1) +
    1 +
    extra[axis];
  return apply("convTranspose2d", [y, weight], {
    ...params,
    outputSize: options.outputSize ?? [extent(0), extent(1)],
  });
}

/**
 * The adjoint of conv2d in its weight: x [N,H,W,Cin] and y [N,Ho,Wo,Cout] give [...kernelSize,Cin/groups,Cout].
 */
export const conv2dWeightGradient = (
  x: Tensor,
  y: Tensor,
  { kernelSize, ...options }: ConvOptions & { readonly kernelSize: readonly [number, number] },
): Tensor => apply("conv2dWeightGradient", [x, y], { ...geometry(options), kernelSize });
