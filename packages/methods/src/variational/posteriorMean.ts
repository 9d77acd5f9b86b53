import { add, div, foldIn, rem, reshape, sub, sum, type Tensor, take, zerosLike } from "@clidim/tensor";
import { type Normals, sharedNormalsOf, type TilePlace } from "./normals.js";
import type { VariationalNetwork } from "./variationalNetwork.js";

/** So many signals of each image are in memory at once: of more, fewer pages would go through a network in one piece. */
export const SAMPLES_AT_ONCE = 4;

/**
 * The mean of so many signals that a network draws for images x [N,H,W,1], which has the least mean square error as far as the network knows. They are drawn and summed up `SAMPLES_AT_ONCE` at a time. What is drawn depends on the key, the
 * extents of the images and their place alone.
 */
export function posteriorMean(
  draw: ReturnType<VariationalNetwork["posterior"]>,
  x: Tensor,
  samples: number,
  key: Tensor,
  place?: TilePlace,
): Tensor {
  let total = zerosLike(x);
  for (let first = 0; first < samples; first += SAMPLES_AT_ONCE) {
    const draws = Math.min(SAMPLES_AT_ONCE, samples - first);
    const { signals } = draw(sharedNormalsOf(foldIn(key, first), place), draws);
    total = add(total, sum(reshape(signals, [draws, ...x.shape]), 0));
  }
  return div(total, samples);
}

/** One of these signals, by its number `sample`, a u32 scalar. */
export function posteriorSample(
  draw: ReturnType<VariationalNetwork["posterior"]>,
  sample: Tensor,
  key: Tensor,
  place?: TilePlace,
): Tensor {
  const within = rem(sample, SAMPLES_AT_ONCE);
  const together = sharedNormalsOf(foldIn(key, sub(sample, within)), place);
  const own: Normals = ([, ...code]) => take(together([SAMPLES_AT_ONCE, ...code]), reshape(within, [1]), 0);
  return draw(own, 1).signals;
}
