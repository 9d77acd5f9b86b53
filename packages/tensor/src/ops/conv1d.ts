import { expectNumbers, expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { conv2d } from "./convolution.js";
import { expectConvolution } from "./expectConvolution.js";
import { expandDims, squeeze } from "./reshape.js";

/** Geometry of a one-dimensional convolution. */
export interface Conv1dOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Zeros added at both ends, or [before, after]. Default 0. */
  readonly padding?: number | readonly [number, number];
  /** Distance between kernel taps. Default 1. */
  readonly dilation?: number;
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

/** Cross-correlation of x [N,L,Cin] with weight [K,Cin/groups,Cout], as PyTorch's conv1d computes it: conv2d of one row. */
export function conv1d(x: Tensor, weight: Tensor, options: Conv1dOptions = {}): Tensor {
  expectOptions("conv1d", options, ["stride", "padding", "dilation", "groups"]);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  if (typeof padding !== "number") {
    expectNumbers("conv1d", "padding", padding, "it is a number or [before, after]");
  }
  const ends: readonly [number, number] = typeof padding === "number" ? [padding, padding] : padding;
  expectConvolution("conv1d", "x [N,L,C] and weight [K,Cin/groups,Cout]", x, weight, {
    stride: [stride],
    padding: [ends],
    dilation: [dilation],
    groups,
  });
  const row = conv2d(expandDims(x, 1), expandDims(weight, 0), {
    stride: [1, stride],
    padding: [[0, 0], ends],
    dilation: [1, dilation],
    groups,
  });
  return squeeze(row, 1);
}
