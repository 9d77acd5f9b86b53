import { formatShape, reshape, slice, type Tensor } from "@clidim/tensor";
import { type Pair, pairOf } from "./conv2d.js";

export interface Pool2dOptions {
  /** Extent of the window. */
  readonly kernel: Pair;
  /** Default: the kernel, so that windows tile the image. */
  readonly stride?: Pair;
  /** Elements around the image, at most half the kernel. Default 0. */
  readonly padding?: Pair;
}

interface Pooling {
  /** Reduces one axis to extent 1. */
  readonly reduce: (x: Tensor, axis: number) => Tensor;
  readonly combine: (a: Tensor, b: Tensor) => Tensor;
  readonly pad: (x: Tensor, widths: [number, number][]) => Tensor;
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
  const cut = (start: number, length: number, step: number): Tensor =>
    slice(
      x,
      shape.map((_, i) => (i === axis ? start : 0)),
      shape.map((extent, i) => (i === axis ? start + length : extent)),
      shape.map((_, i) => (i === axis ? step : 1)),
    );
  if (stride === kernel) {
    const windows = [...shape.slice(0, axis), count, kernel, ...shape.slice(axis + 1)];
    const tiled = reshape(count * kernel === shape[axis] ? x : cut(0, count * kernel, 1), windows);
    return reshape(reduce(tiled, axis + 1), [...shape.slice(0, axis), count, ...shape.slice(axis + 1)]);
  }
  const taps = Array.from({ length: kernel }, (_, offset) => cut(offset, (count - 1) * stride + 1, stride));
  return taps.reduce(combine);
}

/** Pools [N, H, W, C] over windows, one axis after the other. Windows that would pass the end are left out. */
export function pool2d(kind: string, x: Tensor, options: Pool2dOptions, pooling: Pooling): Tensor {
  const kernel = pairOf(options.kernel);
  const stride = pairOf(options.stride ?? options.kernel);
  const [vertical, horizontal] = pairOf(options.padding ?? 0);
  if (x.shape.length !== 4)
    throw new Error(`${kind}: expected x of shape [N,H,W,C], got ${formatShape(x.shape)}`);
  if (vertical > kernel[0] / 2 || horizontal > kernel[1] / 2) {
    throw new Error(
      `${kind}: padding [${vertical},${horizontal}] exceeds half the kernel [${kernel.join(",")}]`,
    );
  }
  const padded =
    vertical || horizontal
      ? pooling.pad(x, [
          [0, 0],
          [vertical, vertical],
          [horizontal, horizontal],
          [0, 0],
        ])
      : x;
  if (padded.shape[1]! < kernel[0] || padded.shape[2]! < kernel[1]) {
    throw new Error(`${kind}: kernel [${kernel.join(",")}] exceeds the image (x ${formatShape(x.shape)})`);
  }
  const rows = poolAxis(padded, 1, kernel[0], stride[0], pooling);
  return poolAxis(rows, 2, kernel[1], stride[1], pooling);
}
