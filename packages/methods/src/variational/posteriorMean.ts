import { add, div, foldIn, reshape, sum, type Tensor, zerosLike } from "@clidim/tensor";
import { sharedNormalsOf } from "./normals.js";
import type { VariationalNetwork } from "./variationalNetwork.js";

/** So many signals of each image are in memory at once. */
export const SAMPLES_AT_ONCE = 8;

/**
 * The mean of so many signals that a network draws for images x [N,H,W,1], which has the least mean square error as far as the network knows. They are drawn and summed up `SAMPLES_AT_ONCE` at a time. What is drawn depends on the key and the
 * extents of the images alone.
 */
export function posteriorMean(
  draw: ReturnType<VariationalNetwork["posterior"]>,
  x: Tensor,
  samples: number,
  key: Tensor,
): Tensor {
  let total = zerosLike(x);
  for (let first = 0; first < samples; first += SAMPLES_AT_ONCE) {
    const draws = Math.min(SAMPLES_AT_ONCE, samples - first);
    const { signals } = draw(sharedNormalsOf(foldIn(key, first)), draws);
    total = add(total, sum(reshape(signals, [draws, ...x.shape]), 0));
  }
  return div(total, samples);
}
