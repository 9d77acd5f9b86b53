import type { TrainingBatch } from "@clidim/denoise";
import { add, concat, maximum, mean, mul, reshape, slice, sqrt, type Tensor } from "@clidim/tensor";
import type { Configuration } from "../schema.js";

/**
 * What the generator sees of a batch, [N,H,W,channels]: the noisy captures, and with `noiseLevelMap` a channel more, the standard deviation of the noise of one capture at the mean v of the pixel's captures,
 * sqrt(max(0, gain v + offset)), as the noise level maps of FFDNet (Zhang et al. 2018) are for noise that depends on the signal (Mildenhall et al. 2018).
 */
export function seenByGenerator(
  { noiseLevelMap, frames }: Pick<Configuration, "noiseLevelMap" | "frames">,
  { noisy, noise }: TrainingBatch,
): Tensor {
  if (!noiseLevelMap) return noisy;
  if (!noise) {
    throw new Error("noiseLevelMap: needs batches with noise [2,N,2], the gain and offset of the pages");
  }
  const samples = noisy.shape[0]!;
  const column = (i: number): Tensor =>
    reshape(slice(noise, [0, 0, i], [1, samples, i + 1]), [samples, 1, 1, 1]);
  const value = frames > 1 ? mean(noisy, 3, { keepDims: true }) : noisy;
  return concat([noisy, sqrt(maximum(add(mul(value, column(0)), column(1)), 0))], 3);
}
