import type { Tensor } from "../tensor.js";
import { maximum } from "./arithmetic.js";
import { broadcastTo } from "./broadcastTo.js";
import { isnan } from "./classification.js";
import { ge, gt, lt } from "./comparison.js";
import { iota } from "./creation.js";
import { and, or } from "./logic.js";
import { pad } from "./pad.js";
import {
  type Extents1d,
  type Extents2d,
  type Extents3d,
  type Pooling,
  type PoolOptions,
  padForWindows,
  poolAxes,
  type SpatialRank,
  tapsOf,
  windowsOf,
} from "./pooling.js";
import { max } from "./reductions.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/** What a pooling by maxima may be told. */
export interface MaxPoolOptions<Extents extends readonly number[]> extends PoolOptions<Extents> {
  /** Distance between neighbours in a window. Default 1. */
  readonly dilation?: number | Extents;
}

/** The largest values of windows, and where they are. */
export interface MaxPoolWithIndices {
  readonly values: Tensor;
  /** i32: the row-major position in the image, batch and channel apart, of the first of the largest, or of the last NaN. */
  readonly indices: Tensor;
}

/** Padding never wins. */
const padLowest: Pooling["pad"] = (image, widths) =>
  pad(image, widths, "constant", { value: Number.NEGATIVE_INFINITY });

/** The place of what is no element. */
const padNowhere: Pooling["pad"] = (places, widths) => pad(places, widths, "constant", { value: -1 });

const largest: Pooling = {
  reduce: (windows, axis) => max(windows, axis, { keepDims: true }),
  combine: maximum,
  pad: padLowest,
};

const maxPool = (
  op: string,
  rank: SpatialRank,
  x: Tensor,
  options: MaxPoolOptions<readonly number[]>,
): Tensor => poolAxes(x, windowsOf(op, rank, x, options, ["dilation"]), largest);

/** Last axis first, so that what is first in each of its windows is first in the window of all axes, row by row. */
function maxPoolWithIndices(
  op: string,
  rank: SpatialRank,
  x: Tensor,
  options: MaxPoolOptions<readonly number[]>,
): MaxPoolWithIndices {
  const windows = windowsOf(op, rank, x, options, ["dilation"]);
  const extents = x.shape.slice(1, -1);
  const positions = reshape(iota([extents.reduce((product, extent) => product * extent, 1)], 0), [
    1,
    ...extents,
    1,
  ]);
  let values = padForWindows(x, windows, padLowest);
  let indices = broadcastTo(padForWindows(positions, windows, padNowhere), values.shape);
  for (let i = rank - 1; i >= 0; i--) {
    const taps = tapsOf(values, i + 1, windows[i]!);
    const places = tapsOf(indices, i + 1, windows[i]!);
    const best = { value: taps[0]!, place: places[0]! };
    for (const [tap, value] of taps.entries()) {
      if (tap === 0) continue;
      const place = places[tap]!;
      // The padding is no element, and has nothing where these are -Infinity.
      const first = and(lt(best.place, 0), ge(place, 0));
      const better = or(or(gt(value, best.value), isnan(value)), first);
      best.place = where(better, place, best.place);
      best.value = where(better, value, best.value);
    }
    values = best.value;
    indices = best.place;
  }
  return { values, indices };
}

/** Largest value of each window of x [N,L,C]: PyTorch's max_pool1d. Elements that tie share the gradient, axis by axis and so not always in equal parts. */
export const maxPool1d = (x: Tensor, options: MaxPoolOptions<Extents1d>): Tensor =>
  maxPool("maxPool1d", 1, x, options);

/** Largest value of each window of x [N,H,W,C]: PyTorch's max_pool2d. Elements that tie share the gradient, axis by axis and so not always in equal parts. */
export const maxPool2d = (x: Tensor, options: MaxPoolOptions<Extents2d>): Tensor =>
  maxPool("maxPool2d", 2, x, options);

/** Largest value of each window of x [N,D,H,W,C]: PyTorch's max_pool3d. Elements that tie share the gradient, axis by axis and so not always in equal parts. */
export const maxPool3d = (x: Tensor, options: MaxPoolOptions<Extents3d>): Tensor =>
  maxPool("maxPool3d", 3, x, options);

/** `maxPool1d`, and where the values were found. Of elements that tie the first has the gradient, as in PyTorch. */
export const maxPool1dWithIndices = (x: Tensor, options: MaxPoolOptions<Extents1d>): MaxPoolWithIndices =>
  maxPoolWithIndices("maxPool1dWithIndices", 1, x, options);

/** `maxPool2d`, and where the values were found. Of elements that tie the first has the gradient, as in PyTorch. */
export const maxPool2dWithIndices = (x: Tensor, options: MaxPoolOptions<Extents2d>): MaxPoolWithIndices =>
  maxPoolWithIndices("maxPool2dWithIndices", 2, x, options);

/** `maxPool3d`, and where the values were found. Of elements that tie the first has the gradient, as in PyTorch. */
export const maxPool3dWithIndices = (x: Tensor, options: MaxPoolOptions<Extents3d>): MaxPoolWithIndices =>
  maxPoolWithIndices("maxPool3dWithIndices", 3, x, options);
