import { describe, expectDType, expectOptions, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

/** What a pooling over as many axes as `Extents` has entries may be told; one number serves all axes. */
export interface PoolOptions<Extents extends readonly number[]> {
  /** Extent of the window. */
  readonly kernel: number | Extents;
  /** Default: the kernel, so that windows tile the image. */
  readonly stride?: number | Extents;
  /** Elements around the image, at most half the kernel. Default 0. */
  readonly padding?: number | Extents;
  /** Whether a last window that passes the end, and begins before it, is kept. Default false. */
  readonly ceilMode?: boolean;
}

/** Length alone. */
export type Extents1d = readonly [length: number];
/** [vertical, horizontal]. */
export type Extents2d = readonly [vertical: number, horizontal: number];
/** [depth, vertical, horizontal]. */
export type Extents3d = readonly [depth: number, vertical: number, horizontal: number];

/** The windows along one axis. */
export interface Windows {
  readonly extent: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Elements added before the first. */
  readonly low: number;
  /** Elements added after the last: more than the padding where a last window passes it. */
  readonly high: number;
  readonly padding: number;
  readonly count: number;
}

/** How a window becomes one element. */
export interface Pooling {
  /** Reduces one axis to extent 1. */
  readonly reduce: (x: Tensor, axis: number) => Tensor;
  readonly combine: (a: Tensor, b: Tensor) => Tensor;
  readonly pad: (x: Tensor, widths: readonly (readonly [number, number])[]) => Tensor;
}

/** What images of one, two and three dimensions are called in messages. */
const layouts = { 1: "[N,L,C]", 2: "[N,H,W,C]", 3: "[N,D,H,W,C]" } as const;
const directions = {
  1: "[length]",
  2: "[vertical, horizontal]",
  3: "[depth, vertical, horizontal]",
} as const;

export type SpatialRank = keyof typeof layouts;

/** Throws unless x has a batch, `rank` spatial axes and channels. */
export function expectImages(op: string, rank: SpatialRank, x: Tensor): void {
  if (x.shape.length === rank + 2) return;
  throw new Error(`${op}: expected x of shape ${layouts[rank]}, got ${describe(x)}`);
}

/** One number per spatial axis, whole and of at least `minimum`. */
export function extentsOf(
  op: string,
  name: string,
  rank: SpatialRank,
  value: number | readonly number[],
  minimum: number,
): readonly number[] {
  const values = typeof value === "number" ? new Array<number>(rank).fill(value) : value;
  if (!Array.isArray(values) || values.length !== rank || values.some((entry) => typeof entry !== "number")) {
    throw new Error(`${op}: ${name} must be a number or ${directions[rank]}, got ${show(value)}`);
  }
  if (values.some((entry) => !Number.isInteger(entry) || entry < minimum)) {
    throw new Error(`${op}: ${name} must be whole numbers of at least ${minimum}, got [${values}]`);
  }
  return values;
}

/** The windows along each spatial axis of x, as PyTorch counts them. */
export function windowsOf(
  op: string,
  rank: SpatialRank,
  x: Tensor,
  options: PoolOptions<readonly number[]> & { readonly dilation?: number | readonly number[] },
  names: readonly string[] = [],
): readonly Windows[] {
  expectDType(op, "x", x, "float");
  expectOptions(op, options, ["kernel", "stride", "padding", "ceilMode", ...names]);
  if (options.kernel === undefined) {
    throw new Error(`${op}: options must say the kernel, as in ${op}(x, { kernel: 2 })`);
  }
  const whole = (name: string, value: number | readonly number[], minimum: number): readonly number[] =>
    extentsOf(op, name, rank, value, minimum);
  expectImages(op, rank, x);
  const kernels = whole("kernel", options.kernel, 1);
  const strides = whole("stride", options.stride ?? options.kernel, 1);
  const paddings = whole("padding", options.padding ?? 0, 0);
  const dilations = whole("dilation", options.dilation ?? 1, 1);
  if (paddings.some((padding, i) => padding > kernels[i]! / 2)) {
    throw new Error(
      `${op}: padding [${paddings}] exceeds half the kernel [${kernels}]; pad x itself for more`,
    );
  }
  return kernels.map((kernel, i): Windows => {
    const [extent, stride, padding, dilation] = [x.shape[i + 1]!, strides[i]!, paddings[i]!, dilations[i]!];
    const reach = dilation * (kernel - 1) + 1;
    const steps = (extent + 2 * padding - reach) / stride;
    let count = 1 + (options.ceilMode ? Math.ceil(steps) : Math.floor(steps));
    // A window that begins in the padding after the end holds nothing.
    if (options.ceilMode && (count - 1) * stride >= extent + padding) count--;
    if (count < 1) {
      throw new Error(
        `${op}: kernel [${kernels}] exceeds the image (x [${x.shape}]${dilations.some((d) => d > 1) ? `, dilation [${dilations}]` : ""}); use a smaller one`,
      );
    }
    const high = Math.max(padding, (count - 1) * stride + reach - extent - padding);
    return { extent, kernel, stride, dilation, low: padding, high, padding, count };
  });
}

/** Elements start, start + step, ... of one axis, `count` of them. */
export function every(x: Tensor, axis: number, start: number, step: number, count: number): Tensor {
  const none = x.shape.map(() => 0);
  return slice(
    x,
    none.with(axis, start),
    x.shape.with(axis, start + (count - 1) * step + 1),
    x.shape.map(() => 1).with(axis, step),
  );
}

/** For each place in the windows along an axis, in their order, the elements of all windows there. */
export const tapsOf = (
  padded: Tensor,
  axis: number,
  { kernel, stride, dilation, count }: Windows,
): readonly Tensor[] =>
  Array.from({ length: kernel }, (_, tap) => every(padded, axis, tap * dilation, stride, count));

/** Windows along one axis: a reshape where they tile it, the combination of their taps where they overlap. */
export function poolAxis(
  padded: Tensor,
  axis: number,
  windows: Windows,
  { reduce, combine }: Pooling,
): Tensor {
  const { kernel, stride, dilation, count } = windows;
  if (stride === kernel && dilation === 1) {
    const { shape } = padded;
    const tiled = reshape(every(padded, axis, 0, 1, count * kernel), shape.toSpliced(axis, 1, count, kernel));
    return reshape(reduce(tiled, axis + 1), shape.with(axis, count));
  }
  return tapsOf(padded, axis, windows).reduce(combine);
}

/** x with what the windows along its spatial axes reach beyond it. */
export function padForWindows(x: Tensor, windows: readonly Windows[], pad: Pooling["pad"]): Tensor {
  if (windows.every(({ low, high }) => low === 0 && high === 0)) return x;
  return pad(x, [[0, 0], ...windows.map(({ low, high }) => [low, high] as const), [0, 0]]);
}

/** Pools the spatial axes of x over windows, one axis after the other. */
export const poolAxes = (x: Tensor, windows: readonly Windows[], pooling: Pooling): Tensor =>
  windows.reduce(
    (pooled, along, i) => poolAxis(pooled, i + 1, along, pooling),
    padForWindows(x, windows, pooling.pad),
  );
