import { add, div, exp, maximum, mul, sqrt, square, sub, sum, type Tensor, zerosLike } from "@clidim/tensor";
import type { NetworkVariables } from "../networks/networkTree.js";
import type { Ppn2vUnet } from "../networks/ppn2vUnet.js";
import type { LogDensity } from "../noiseLikelihood/logDensity.js";

/** So many samples of each pixel are in memory at once. */
export const SAMPLES_AT_ONCE = 64;

/** What is known of the signal of each pixel, network values [N,H,W,1]. */
export interface Posterior {
  readonly mean: Tensor;
  readonly deviation: Tensor;
}

/**
 * Mean and standard deviation of the signal, from the samples s_k of a network for noisy images x [N,H,W,1]: with weights w_k = p(x | s_k), the posterior's, or 1 without `logDensity`, the prior's,
 *
 *     mean = sum_k w_k s_k / sum_k w_k,   deviation^2 = sum_k w_k (s_k - x)^2 / sum_k w_k - (mean - x)^2
 *
 * The samples are summed up some at a time, so that never more than `SAMPLES_AT_ONCE` images of them are stored. Densities are no smaller than a part of their largest (`leastDensity`), so that the sums need no logarithms.
 */
export function posterior(
  network: Ppn2vUnet,
  variables: NetworkVariables,
  x: Tensor,
  samples: number,
  logDensity?: LogDensity,
): Posterior {
  const features = network.features(variables, x, { train: false });
  // Of weights, of weighted differences from x, and of their squares.
  let sums: readonly [Tensor, Tensor, Tensor] = [zerosLike(x), zerosLike(x), zerosLike(x)];
  for (let first = 0; first < samples; first += SAMPLES_AT_ONCE) {
    const end = Math.min(samples, first + SAMPLES_AT_ONCE);
    const signals = network.outputsOf(variables.params, features, first, end);
    const differences = sub(signals, x);
    const weights = logDensity ? exp(logDensity(x, signals)) : add(zerosLike(signals), 1);
    const parts = [weights, mul(weights, differences), mul(weights, square(differences))] as const;
    const [a, b, c] = parts.map((part) => sum(part, -1, { keepDims: true })) as [Tensor, Tensor, Tensor]; // of three
    sums = [add(sums[0], a), add(sums[1], b), add(sums[2], c)];
  }
  const [total, first, second] = sums;
  const shift = div(first, total);
  return { mean: add(x, shift), deviation: sqrt(maximum(sub(div(second, total), square(shift)), 0)) };
}
