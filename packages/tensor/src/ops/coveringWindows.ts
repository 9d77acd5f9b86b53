import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { tensor } from "./creation.js";
import { take } from "./indexing.js";
import { every } from "./pooling.js";
import { max, mean, sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/**
 * `size` windows that cover an axis: window i goes from floor(i extent / size) to ceil((i + 1) extent / size). Where they are of one length they tile it; else the elements
 * of each are gathered, the last one again where there are fewer than in the longest.
 */
function windowsAlong(
  x: Tensor,
  axis: number,
  size: number,
): { readonly windows: Tensor; readonly lengths: readonly number[] } {
  const extent = x.shape[axis]!;
  const { shape } = x;
  if (extent % size === 0) {
    const length = extent / size;
    const tiled = reshape(every(x, axis, 0, 1, extent), shape.toSpliced(axis, 1, size, length));
    return { windows: tiled, lengths: new Array<number>(size).fill(length) };
  }
  const starts = Array.from({ length: size }, (_, i) => Math.floor((i * extent) / size));
  const lengths = starts.map((start, i) => Math.ceil(((i + 1) * extent) / size) - start);
  const longest = lengths.reduce((most, length) => Math.max(most, length));
  const places = Int32Array.from({ length: size * longest }, (_, at) => {
    const i = Math.floor(at / longest);
    return starts[i]! + Math.min(at % longest, lengths[i]! - 1);
  });
  return { windows: take(x, tensor(places, { shape: [size, longest] }), axis), lengths };
}

/** The mean of each of `size` windows along an axis. */
export function averageAlong(x: Tensor, axis: number, size: number): Tensor {
  const { windows, lengths } = windowsAlong(x, axis, size);
  const longest = windows.shape[axis + 1]!;
  if (lengths.every((length) => length === longest)) return mean(windows, axis + 1);
  const along = windows.shape.map((extent, i) => (i === axis || i === axis + 1 ? extent : 1));
  const belongs = lengths.flatMap((length) => Array.from({ length: longest }, (_, k) => k < length));
  const shares = tensor(
    lengths.map((length) => 1 / length),
    { shape: along.with(axis + 1, 1), dtype: x.dtype },
  );
  // What does not belong is left out, not weighed by 0, which infinity times 0 is NaN of.
  const own = where(tensor(belongs, { shape: along, dtype: "bool" }), windows, 0);
  return sum(mul(own, shares), axis + 1);
}

/** The largest element of each of `size` windows along an axis. */
export const largestAlong = (x: Tensor, axis: number, size: number): Tensor =>
  max(windowsAlong(x, axis, size).windows, axis + 1);
