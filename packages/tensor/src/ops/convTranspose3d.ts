import { expectOptions } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { convTranspose2d } from "./convolution.js";
import { expectConvTranspose } from "./expectConvTranspose.js";
import { pad } from "./pad.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { type Triple, tripleOf } from "./triple.js";

/** Geometry of the three-dimensional convolution that is transposed; triples are [depth, vertical, horizontal]. */
export interface ConvTranspose3dOptions {
  /** Default 1. */
  readonly stride?: Triple;
  /** Elements cut off on both sides of each direction. Default 0. */
  readonly padding?: Triple;
  /** Elements added at the end of each direction, fewer than the stride. Default 0. */
  readonly outputPadding?: Triple;
  /** Distance between kernel taps. Default 1. */
  readonly dilation?: Triple;
  /** Default 1. */
  readonly groups?: number;
}

/**
 * The adjoint of conv3d in x: y [N,Do,Ho,Wo,Cout] and weight [KD,KH,KW,Cin/groups,Cout] give [N,D,H,W,Cin] with
 * D = (Do - 1) * stride - 2 * padding + dilation * (KD - 1) + 1 + outputPadding, as PyTorch's conv_transpose3d computes it with
 * in_channels = Cout and out_channels = Cin: for each of the KD taps in depth the convTranspose2d of all slices, moved to where the tap
 * puts them, and added up.
 */
export function convTranspose3d(y: Tensor, weight: Tensor, options: ConvTranspose3dOptions = {}): Tensor {
  const op = "convTranspose3d";
  expectOptions(op, options, ["stride", "padding", "outputPadding", "dilation", "groups"]);
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  const geometry = {
    stride: tripleOf(op, "stride", stride),
    padding: tripleOf(op, "padding", padding),
    outputPadding: tripleOf(op, "outputPadding", outputPadding),
    dilation: tripleOf(op, "dilation", dilation),
    groups,
  };
  const [depth] = expectConvTranspose(
    op,
    "y [N,D,H,W,C] and weight [KD,KH,KW,Cin/groups,C]",
    y,
    weight,
    geometry,
  ) as [number, number, number]; // one per axis
  const [step, ...strides] = geometry.stride;
  const [border, ...borders] = geometry.padding;
  const [, ...extra] = geometry.outputPadding;
  const [spacing, ...spacings] = geometry.dilation;
  const [batch, slices, ...plane] = y.shape as readonly [number, number, number, number, number];
  const [taps, ...kernel] = weight.shape as readonly [number, number, number, number, number];
  const flat = reshape(y, [batch * slices, ...plane]);

  const terms = Array.from({ length: taps }, (_, tap) => {
    const spread = convTranspose2d(flat, reshape(slice(weight, [tap], [tap + 1]), kernel), {
      stride: strides,
      padding: borders,
      outputPadding: extra,
      dilation: spacings,
      groups,
    });
    const image = spread.shape.slice(1);
    // Slice d comes to d * stride + tap * dilation - padding, with zeros between slices.
    const between = pad(reshape(spread, [batch, slices, 1, ...image]), [
      [0, 0],
      [0, 0],
      [0, step - 1],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const first = tap * spacing - border;
    const spreadOut = reshape(between, [batch, slices * step, ...image]);
    // What is cut off may be more than there is: zeros come first.
    const [low, high] = [Math.max(0, first), Math.max(0, depth - first - slices * step)];
    const longer = pad(spreadOut, [
      [0, 0],
      [low, high],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const start = Math.max(0, -first);
    return slice(longer, [0, start], [batch, start + depth]);
  });
  return terms.reduce(add);
}
