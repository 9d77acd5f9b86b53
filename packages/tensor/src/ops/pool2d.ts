import { describe, expectDType, expectOptions } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type Pair, pairOf } from "./pair.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

/** Windows of a pooling; one number serves both directions, pairs are [vertical, horizontal]. */
export interface Pool2dOptions {
  /** Extent of the window. */
  readonly kernel: number | readonly [number, number];
  /** Default: the kernel, so that windows tile the image. */
  readonly stride?: number | readonly [number, number];
  /** Elements around the image, at most half the kernel. Default 0. */
  readonly padding?: number | readonly [number, number];
}

/** How a window becomes one element. */
export interface Pooling {
  /** Reduces one axis to extent 1. */
  readonly reduce: (x: Tensor, axis: number) => Tensor;
  readonly combine: (a: Tensor, b: Tensor) => Tensor;
  readonly pad: (x: Tensor, widths: readonly (readonly [number, number])[]) => Tensor;
}

/** Windows along one axis: a reshape where they tile it, the combination of `kernel` strided slices where they overlap. */
function poolAxis(
  x: Tensor,
  axis: number,
  kernel: number,
  stride: number,
  { reduce, combine }: Pooling,
): Tensor {
  const { shape } = x;
  const count = Math.floor((shape[axis]! - kernel) / stride) + 1;
  const none = shape.map(() => 0);
  const cut = (start: number, length: number, step: number): Tensor =>
    slice(x, none.with(axis, start), shape.with(axis, start + length), shape.map(() => 1).with(axis, step));
  if (stride === kernel) {
    const tiled = reshape(cut(0, count * kernel, 1), shape.toSpliced(axis, 1, count, kernel));
    return reshape(reduce(tiled, axis + 1), shape.with(axis, count));
  }
  const taps = Array.from({ length: kernel }, (_, offset) => cut(offset, (count - 1) * stride + 1, stride));
  return taps.reduce(combine);
}

/** Pools x [N,H,W,C] over windows, one axis after the other. Windows that would pass the end are left out. */
export function pool2d(op: string, x: Tensor, options: Pool2dOptions, pooling: Pooling): Tensor {
  expectDType(op, "x", x, "float");
  expectOptions(op, options, ["kernel", "stride", "padding"]);
  if (options.kernel === undefined) {
    throw new Error(`${op}: options must say the kernel, as in ${op}(x, { kernel: 2 })`);
  }
  const kernel = pairOf(op, "kernel", options.kernel);
  const stride = pairOf(op, "stride", options.stride ?? options.kernel);
  const padding = pairOf(op, "padding", options.padding ?? 0);
  if (x.shape.length !== 4) throw new Error(`${op}: expected x of shape [N,H,W,C], got ${describe(x)}`);
  expectWhole(op, "kernel", kernel, 1);
  expectWhole(op, "stride", stride, 1);
  expectWhole(op, "padding", padding, 0);
  if (padding[0] > kernel[0] / 2 || padding[1] > kernel[1] / 2) {
    throw new Error(`${op}: padding [${padding}] exceeds half the kernel [${kernel}]; pad x itself for more`);
  }
  const [, height, width] = x.shape as readonly [number, number, number, number];
  if (height + 2 * padding[0] < kernel[0] || width + 2 * padding[1] < kernel[1]) {
    throw new Error(
      `${op}: kernel [${kernel}] exceeds the image (x ${formatShape(x.shape)}); use a smaller one`,
    );
  }
  const border = [0, padding[0], padding[1], 0].map((extent) => [extent, extent] as const);
  const padded = padding.some((extent) => extent > 0) ? pooling.pad(x, border) : x;
  const rows = poolAxis(padded, 1, kernel[0], stride[0], pooling);
  return poolAxis(rows, 2, kernel[1], stride[1], pooling);
}

function expectWhole(op: string, name: string, values: Pair & object, minimum: number): void {
  if (values.some((value) => !Number.isInteger(value) || value < minimum)) {
    throw new Error(`${op}: ${name} must be whole numbers of at least ${minimum}, got [${values}]`);
  }
}
