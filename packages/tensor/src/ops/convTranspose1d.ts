import { expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { convTranspose2d } from "./convolution.js";
import { expectConvTranspose } from "./expectConvTranspose.js";
import { expandDims, squeeze } from "./reshape.js";

/** Geometry of the one-dimensional convolution that is transposed. */
export interface ConvTranspose1dOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Elements cut off at both ends. Default 0. */
  readonly padding?: number;
  /** Elements added at the end, fewer than the stride. Default 0. */
  readonly outputPadding?: number;
  /** Distance between kernel taps. Default 1. */
  readonly dilation?: number;
  /** Default 1. */
  readonly groups?: number;
}

/**
 * The adjoint of conv1d in x: y [N,Lo,Cout] and weight [K,Cin/groups,Cout] give [N,L,Cin] with
 * L = (Lo - 1) * stride - 2 * padding + dilation * (K - 1) + 1 + outputPadding, as PyTorch's conv_transpose1d computes it with
 * in_channels = Cout and out_channels = Cin: convTranspose2d of one row.
 */
export function convTranspose1d(y: Tensor, weight: Tensor, options: ConvTranspose1dOptions = {}): Tensor {
  const op = "convTranspose1d";
  expectOptions(op, options, ["stride", "padding", "outputPadding", "dilation", "groups"]);
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  expectConvTranspose(op, "y [N,L,C] and weight [K,Cin/groups,C]", y, weight, {
    stride: [stride],
    padding: [padding],
    outputPadding: [outputPadding],
    dilation: [dilation],
    groups,
  });
  const row = convTranspose2d(expandDims(y, 1), expandDims(weight, 0), {
    stride: [1, stride],
    padding: [0, padding],
    outputPadding: [0, outputPadding],
    dilation: [1, dilation],
    groups,
  });
  return squeeze(row, 1);
}
