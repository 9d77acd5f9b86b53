import { expectNumbers, expectOptions, expectTensor, show } from "../primitives/expect.js";
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

const optionNames = ["stride", "padding", "dilation", "groups"] as const;

function geometry(op: string, options: ConvOptions, names: readonly string[] = optionNames): ConvParams {
  expectOptions(op, options, names);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  if (typeof padding !== "number" && !(Array.isArray(padding) && padding.length === 2)) {
    const given: unknown = padding;
    const advice = given === "same" ? "; with stride 1 and an odd kernel that is (kernel - 1) / 2" : "";
    throw new Error(
      `${op}: padding must be a number, [vertical, horizontal] or [[top, bottom], [left, right]], got ${show(padding)}${advice}`,
    );
  }
  const [vertical, horizontal] = typeof padding === "number" ? [padding, padding] : padding;
  return {
    stride: pairOf(op, "stride", stride),
    padding: [pairOf(op, "padding", vertical), pairOf(op, "padding", horizontal)],
    dilation: pairOf(op, "dilation", dilation),
    groups,
  };
}

/**
 * Cross-correlation of x [N,H,W,Cin] with weight [KH,KW,Cin/groups,Cout], as PyTorch's conv2d computes it; the result is
 * [N,Ho,Wo,Cout] with Ho = floor((H + top + bottom - dilation * (KH - 1) - 1) / stride) + 1. Output channel c belongs to group
 * floor(c * groups / Cout).
 */
export const conv2d = (x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor =>
  apply("conv2d", [x, weight], geometry("conv2d", options));

/**
 * The adjoint of conv2d in x: y [N,Ho,Wo,Cout] and weight [KH,KW,Cin/groups,Cout] give [N,H,W,Cin], where
 * H = (Ho - 1) * stride - top - bottom + dilation * (KH - 1) + 1 + outputPadding.
 * PyTorch's conv_transpose2d with in_channels = Cout and out_channels = Cin.
 */
export function convTranspose2d(y: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  expectTensor("convTranspose2d", "y", y);
  expectTensor("convTranspose2d", "weight", weight);
  const params = geometry("convTranspose2d", options, [...optionNames, "outputPadding", "outputSize"]);
  const { stride, padding, dilation } = params;
  if (options.outputSize && options.outputPadding !== undefined) {
    throw new Error("convTranspose2d: outputSize and outputPadding say the same thing; give one of them");
  }
  if (options.outputSize !== undefined) {
    expectNumbers("convTranspose2d", "outputSize", options.outputSize, "write [height, width]");
  }
  const extra = pairOf("convTranspose2d", "outputPadding", options.outputPadding ?? 0);
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
export function conv2dWeightGradient(
  x: Tensor,
  y: Tensor,
  options: ConvOptions & { readonly kernelSize: readonly [number, number] },
): Tensor {
  const params = geometry("conv2dWeightGradient", options, [...optionNames, "kernelSize"]);
  expectNumbers("conv2dWeightGradient", "kernelSize", options.kernelSize, "write [height, width]");
  return apply("conv2dWeightGradient", [x, y], { ...params, kernelSize: options.kernelSize });
}
