import { describe, expectDType, expectOptions } from "../primitives/expect.js";
import { sameShape, sizeOf } from "../shape.js";
import { apply, type Tensor } from "../tensor.js";
import { add } from "./arithmetic.js";
import { cast } from "./cast.js";
import { eq } from "./comparison.js";
import { iota, zeros } from "./creation.js";
import type { MaxPoolOptions } from "./maxPool.js";
import {
  type Extents1d,
  type Extents2d,
  type Extents3d,
  expectImages,
  extentsOf,
  type SpatialRank,
  type Windows,
} from "./pooling.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { where } from "./where.js";

/** The windows that were pooled. */
export interface MaxUnpoolOptions<Extents extends readonly number[]>
  extends Omit<MaxPoolOptions<Extents>, "ceilMode"> {
  /** Of the image that was pooled, which `indices` are positions in. Default: as far as the windows reach, less the padding. */
  readonly size?: number | Extents;
}

/** The windows along each spatial axis of the image that x was pooled from. */
function unpooledWindows(
  op: string,
  rank: SpatialRank,
  x: Tensor,
  options: MaxUnpoolOptions<readonly number[]>,
): readonly Windows[] {
  const whole = (name: string, value: number | readonly number[], minimum: number): readonly number[] =>
    extentsOf(op, name, rank, value, minimum);
  const kernels = whole("kernel", options.kernel, 1);
  const strides = whole("stride", options.stride ?? options.kernel, 1);
  const paddings = whole("padding", options.padding ?? 0, 0);
  const dilations = whole("dilation", options.dilation ?? 1, 1);
  const reaches = kernels.map((kernel, i) => {
    const last = (x.shape[i + 1]! - 1) * strides[i]!;
    return last + dilations[i]! * (kernel - 1) + 1;
  });
  const usual = reaches.map((reach, i) => reach - 2 * paddings[i]!);
  const size = options.size === undefined ? usual : whole("size", options.size, 1);
  if (size.some((extent, i) => extent < 1 || Math.abs(extent - usual[i]!) >= strides[i]!)) {
    throw new Error(
      `${op}: size [${size}] is not that of an image that windows make [${x.shape.slice(1, -1)}] of; it must be less than a stride [${strides}] from [${usual}]`,
    );
  }
  return kernels.map((kernel, i): Windows => {
    const [extent, padding] = [size[i]!, paddings[i]!];
    return {
      ...{ extent, kernel, padding, low: padding, high: Math.max(0, reaches[i]! - extent - padding) },
      ...{ stride: strides[i]!, dilation: dilations[i]!, count: x.shape[i + 1]! },
    };
  });
}

/** Pooled elements where one tap of their windows, a number per axis, is in the image; zeros elsewhere. */
function placed(pooled: Tensor, windows: readonly Windows[], taps: readonly number[]): Tensor {
  const starts = windows.map(({ dilation }, i) => taps[i]! * dilation);
  const rests = windows.map(
    ({ low, extent, high, count, stride }, i) =>
      low + extent + high - (starts[i]! + (count - 1) * stride + 1),
  );
  const spread = apply("pad", [pooled], {
    low: [0, ...starts, 0],
    high: [0, ...rests, 0],
    interior: [0, ...windows.map(({ stride }) => stride - 1), 0],
    mode: "zero",
  });
  return slice(
    spread,
    [0, ...windows.map(({ low }) => low), 0],
    [spread.shape[0]!, ...windows.map(({ low, extent }) => low + extent), spread.shape.at(-1)!],
  );
}

function maxUnpool(
  op: string,
  rank: SpatialRank,
  x: Tensor,
  indices: Tensor,
  options: MaxUnpoolOptions<readonly number[]>,
): Tensor {
  expectDType(op, "x", x, "float");
  expectDType(op, "indices", indices, "integer");
  expectOptions(op, options, ["kernel", "stride", "padding", "dilation", "size"]);
  if (options.kernel === undefined) {
    throw new Error(`${op}: options must say the kernel, as in ${op}(x, indices, { kernel: 2 })`);
  }
  expectImages(op, rank, x);
  if (!sameShape(x.shape, indices.shape)) {
    throw new Error(
      `${op}: indices must have the shape of x, got indices ${describe(indices)} for x ${describe(x)}`,
    );
  }
  if (x.shape.slice(1, -1).includes(0)) {
    throw new Error(`${op}: there is nothing in x ${describe(x)}; images have at least one pixel`);
  }
  const windows = unpooledWindows(op, rank, x, options);
  const size = windows.map(({ extent }) => extent);
  // Counted from 1, as there is 0 where windows have nothing.
  const position = reshape(add(iota([sizeOf(size)], 0), 1), [1, ...size, 1]);
  const ordinal = add(cast(indices, "i32"), 1);
  let image = zeros([x.shape[0]!, ...size, x.shape.at(-1)!], x.dtype);
  // The later a window, the earlier its tap at an element: from the last tap on, the last of the windows that share an element has it.
  for (let tap = sizeOf(windows.map(({ kernel }) => kernel)) - 1; tap >= 0; tap--) {
    let rest = tap;
    const taps = windows.map(() => 0);
    for (let i = rank - 1; i >= 0; i--) {
      const { kernel } = windows[i]!;
      taps[i] = rest % kernel;
      rest = Math.floor(rest / kernel);
    }
    const here = eq(placed(ordinal, windows, taps), position);
    image = where(here, placed(x, windows, taps), image);
  }
  return image;
}

/**
 * Zeros [N,L,C] with the elements of x where `maxPool1dWithIndices` with the same windows found them, and has given `indices`: PyTorch's max_unpool1d. An index outside its window changes nothing;
 * of several for an element, the last counts and has its gradient.
 */
export const maxUnpool1d = (x: Tensor, indices: Tensor, options: MaxUnpoolOptions<Extents1d>): Tensor =>
  maxUnpool("maxUnpool1d", 1, x, indices, options);

/** Zeros [N,H,W,C] with the elements of x where `maxPool2dWithIndices` found them: PyTorch's max_unpool2d, as `maxUnpool1d`. */
export const maxUnpool2d = (x: Tensor, indices: Tensor, options: MaxUnpoolOptions<Extents2d>): Tensor =>
  maxUnpool("maxUnpool2d", 2, x, indices, options);

/** Zeros [N,D,H,W,C] with the elements of x where `maxPool3dWithIndices` found them: PyTorch's max_unpool3d, as `maxUnpool1d`. */
export const maxUnpool3d = (x: Tensor, indices: Tensor, options: MaxUnpoolOptions<Extents3d>): Tensor =>
  maxUnpool("maxUnpool3d", 3, x, indices, options);
