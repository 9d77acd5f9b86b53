import { add, div, exp, mul, square, sub, sum, type Tensor } from "@clidim/tensor";

/** Normal distributions, independent of each other, of values [N,...]; those of all images may be the same, [1,...]. */
export interface Normals {
  readonly mean: Tensor;
  readonly logVariance: Tensor;
}

/**
 * How far normal distributions q, of values [N,...], are from others p, in nats, summed over the values of each image, [N]: the Kullback-Leibler divergence
 *
 *     KL(q || p) = (exp(lq - lp) + (mq - mp)^2 / exp(lp) - 1 - (lq - lp)) / 2
 *
 * with means m and logarithms l of the variances.
 */
export function klPerImage(q: Normals, p: Normals): Tensor {
  const difference = sub(q.logVariance, p.logVariance);
  const distance = div(square(sub(q.mean, p.mean)), exp(p.logVariance));
  const axes = [...q.mean.shape.keys()].slice(1);
  return mul(sum(sub(add(exp(difference), distance), add(difference, 1)), axes), 0.5);
}
