import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { tensor } from "./creation.js";
import { pad } from "./pad.js";
import {
  type Extents1d,
  type Extents2d,
  type Extents3d,
  type Pooling,
  type PoolOptions,
  poolAxes,
  type SpatialRank,
  type Windows,
  windowsOf,
} from "./pooling.js";
import { sum } from "./reductions.js";
import { inSingle } from "./special/inSingle.js";

/** What a pooling by means may be told. */
export interface AvgPoolOptions<Extents extends readonly number[]> extends PoolOptions<Extents> {
  /** Whether zeros of the padding count as elements of a window. Default true. */
  readonly countIncludePad?: boolean;
}

const total: Pooling = {
  reduce: (windows, axis) => sum(windows, axis, { keepDims: true }),
  combine: add,
  pad,
};

/** How many elements each window along an axis has; what a last window reaches beyond the padding never counts. */
const countsAlong = ({ extent, kernel, stride, padding, count }: Windows, includePad: boolean): number[] =>
  Array.from({ length: count }, (_, i) => {
    const start = i * stride - padding;
    const end = Math.min(start + kernel, extent + padding);
    return includePad ? end - start : Math.min(end, extent) - Math.max(start, 0);
  });

/** In f32 where x has halves, as the sum of a window may be beyond these. */
const avgPool = (
  op: string,
  rank: SpatialRank,
  x: Tensor,
  options: AvgPoolOptions<readonly number[]>,
): Tensor => inSingle(op, x, (y) => meansOf(op, rank, y, options));

function meansOf(
  op: string,
  rank: SpatialRank,
  x: Tensor,
  options: AvgPoolOptions<readonly number[]>,
): Tensor {
  const windows = windowsOf(op, rank, x, options, ["countIncludePad"]);
  const sums = poolAxes(x, windows, total);
  const counts = windows.map((along) => countsAlong(along, options.countIncludePad ?? true));
  const whole = sizeOf(windows.map(({ kernel }) => kernel));
  if (counts.every((along, i) => along.every((count) => count === windows[i]!.kernel))) {
    return mul(sums, 1 / whole);
  }
  const products = counts.reduce<number[]>(
    (outer, along) => outer.flatMap((product) => along.map((count) => product * count)),
    [1],
  );
  const shares = tensor(
    products.map((count) => 1 / count),
    { shape: [1, ...windows.map(({ count }) => count), 1], dtype: x.dtype },
  );
  return mul(sums, shares);
}

/** Mean of each window of x [N,L,C]: PyTorch's avg_pool1d. */
export const avgPool1d = (x: Tensor, options: AvgPoolOptions<Extents1d>): Tensor =>
  avgPool("avgPool1d", 1, x, options);

/** Mean of each window of x [N,H,W,C]: PyTorch's avg_pool2d. */
export const avgPool2d = (x: Tensor, options: AvgPoolOptions<Extents2d>): Tensor =>
  avgPool("avgPool2d", 2, x, options);

/** Mean of each window of x [N,D,H,W,C]: PyTorch's avg_pool3d. */
export const avgPool3d = (x: Tensor, options: AvgPoolOptions<Extents3d>): Tensor =>
  avgPool("avgPool3d", 3, x, options);
