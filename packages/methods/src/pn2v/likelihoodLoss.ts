import { add, div, formatShape, logSumExp, maximum, mul, neg, sum, type Tensor } from "@clidim/tensor";
import type { LogDensity } from "../noiseLikelihood/logDensity.js";

/**
 * The loss of PN2V (Krull, Vicar, Prakash, Lalit and Jug 2020): how unlikely observations x are where the signal is any of K samples with the same probability, as a mean over the pixels that count,
 *
 *     -sum(w log((1/K) sum_k p(x | s_k))) / sum(w)
 *
 * Observations and weights w are [N,H,W,1], samples [N,H,W,K]; all network values, the density per grey value. 0 where no pixel counts.
 */
export function likelihoodLoss(
  logDensity: LogDensity,
  observed: Tensor,
  samples: Tensor,
  weights: Tensor,
): Tensor {
  const count = samples.shape.at(-1)!;
  const shapes = [observed, weights].map(({ shape }) => formatShape(shape));
  const expected = formatShape([...samples.shape.slice(0, -1), 1]);
  if (shapes.some((shape) => shape !== expected)) {
    throw new Error(
      `likelihoodLoss: expected observations and weights ${expected} beside samples ${formatShape(samples.shape)}, got ${shapes.join(" and ")}`,
    );
  }
  const logMean = add(logSumExp(logDensity(observed, samples), -1, { keepDims: true }), -Math.log(count));
  return div(neg(sum(mul(weights, logMean))), maximum(sum(weights), 1));
}
