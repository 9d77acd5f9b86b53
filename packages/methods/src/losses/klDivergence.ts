import { add, exp, mul, square, sub, sum, type Tensor } from "@clidim/tensor";

/**
 * How far independent normal distributions are from standard ones, in nats, summed over all: the Kullback-Leibler divergence
 *
 *     KL(N(mean, exp(logVariance)) || N(0, 1)) = (mean^2 + exp(logVariance) - 1 - logVariance) / 2
 */
export function klDivergence({
  mean,
  logVariance,
}: {
  readonly mean: Tensor;
  readonly logVariance: Tensor;
}): Tensor {
  return mul(sum(sub(add(square(mean), exp(logVariance)), add(logVariance, 1))), 0.5);
}
