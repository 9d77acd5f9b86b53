import { expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { conv2d } from "./convolution.js";
import { expectConvolution } from "./expectConvolution.js";
import { pad } from "./pad.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { tripleOf } from "./triple.js";

/** Geometry of a three-dimensional convolution; one number serves all directions, triples are [depth, vertical, horizontal]. */
export interface Conv3dOptions {
  /** Default 1. */
  readonly stride?: number | readonly [depth: number, vertical: number, horizontal: number];
  /** Zeros added on both sides of each direction. Default 0. */
  readonly padding?: number | readonly [depth: number, vertical: number, horizontal: number];
  /** Distance between kernel taps. Default 1. */
  readonly dilation?: number | readonly [depth: number, vertical: number, horizontal: number];
  /** Channels are convolved in this many separate groups. Default 1. */
  readonly groups?: number;
}

/**
 * Cross-correlation of x [N,D,H,W,Cin] with weight [KD,KH,KW,Cin/groups,Cout], as PyTorch's conv3d computes it: for each of the KD taps
 * in depth the conv2d of the slices it meets, added up.
 */
export function conv3d(x: Tensor, weight: Tensor, options: Conv3dOptions = {}): Tensor {
  expectOptions("conv3d", options, ["stride", "padding", "dilation", "groups"]);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const geometry = {
    stride: tripleOf("conv3d", "stride", stride),
    padding: tripleOf("conv3d", "padding", padding),
    dilation: tripleOf("conv3d", "dilation", dilation),
  };
  expectConvolution("conv3d", "x [N,D,H,W,C] and weight [KD,KH,KW,Cin/groups,Cout]", x, weight, {
    ...geometry,
    padding: geometry.padding.map((extent) => [extent, extent] as const),
    groups,
  });
  const [[step, ...strides], [border, ...borders], [spacing, ...spacings]] = [
    geometry.stride,
    geometry.padding,
    geometry.dilation,
  ];
  const padded = pad(
    x,
    [0, border, 0, 0, 0].map((extent) => [extent, extent]),
  );
  const [batch, extent, ...plane] = padded.shape as readonly [number, number, number, number, number];
  const [taps, ...kernel] = weight.shape as readonly [number, number, number, number, number];
  const count = Math.floor((extent - spacing * (taps - 1) - 1) / step) + 1;
  const terms = Array.from({ length: taps }, (_, tap) => {
    const start = tap * spacing;
    const met = slice(padded, [0, start], [batch, start + (count - 1) * step + 1], [1, step]);
    return conv2d(reshape(met, [batch * count, ...plane]), reshape(slice(weight, [tap], [tap + 1]), kernel), {
      stride: strides,
      padding: borders,
      dilation: spacings,
      groups,
    });
  });
  const total = terms.reduce(add);
  return reshape(total, [batch, count, ...total.shape.slice(1)]);
}
