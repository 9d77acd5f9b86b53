import type { Tensor } from "../tensor.js";
import { add, mul } from "./arithmetic.js";
import { cast } from "./cast.js";
import { chunk, stack } from "./concat.js";
import type { CoordinateTaps } from "./coordinateTaps.js";
import { take } from "./indexing.js";
import { and } from "./logic.js";
import { sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/**
 * Images x [N,...extents,C] at places between their pixels, [N,places,C]: for each the sum over all combinations of its neighbours along the axes that are inside, weighted
 * by the product of their shares.
 */
export function sampleTaps(x: Tensor, axes: readonly CoordinateTaps[]): Tensor {
  const [batch, count] = axes[0]!.index.shape as readonly [number, number, number];
  const channels = x.shape.at(-1)!;
  const extents = x.shape.slice(1, -1);
  /** [N, places, 1, ..., taps, ..., 1]. */
  const alone = (value: Tensor, axis: number): Tensor =>
    reshape(value, [batch, count, ...axes.map((_, i) => (i === axis ? value.shape[2]! : 1))]);
  const corner = axes
    .map(({ index }, axis) => alone(index, axis))
    .reduce((outer, index, axis) => add(mul(outer, extents[axis]!), index));
  const weight = cast(
    axes.map(({ weight }, axis) => alone(weight, axis)).reduce((outer, share) => mul(outer, share)),
    x.dtype,
  );
  const inside = axes
    .map(({ inside }, axis) => alone(inside, axis))
    .reduce((outer, along) => and(outer, along));
  const pixels = extents.reduce((product, extent) => product * extent, 1);
  const taps = axes.reduce((product, { index }) => product * index.shape[2]!, 1);
  // Image by image: the gradient of one lookup in the whole batch would go through every pixel of it for every point.
  const images = chunk(x, batch, 0).map((image) => reshape(image, [pixels, channels]));
  const corners = chunk(corner, batch, 0).map((index) => reshape(index, [count, taps]));
  const weights = chunk(weight, batch, 0).map((share) => reshape(share, [count, taps, 1]));
  const present = chunk(inside, batch, 0).map((there) => reshape(there, [count, taps, 1]));
  return stack(
    images.map((image, n) => sum(mul(where(present[n]!, take(image, corners[n]!, 0), 0), weights[n]!), 1)),
    0,
  );
}
