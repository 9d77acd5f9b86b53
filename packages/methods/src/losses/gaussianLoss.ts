import { add, log, maximum, mean, mul, square, sub, type Tensor } from "@clidim/tensor";

/** Below, the logarithm would be that of no difference at all. */
const LEAST_VARIANCE = 1e-8;

/**
 * -log of the normal density of observations x around signals s, as a mean over all, with the variance that makes it least, which is their mean squared difference (the optimal sigma of Rybkin, Daniilidis and Levine 2021):
 *
 *     (log(2 pi mean((x - s)^2)) + 1) / 2
 */
export function gaussianLoss(x: Tensor, s: Tensor): Tensor {
  const variance = maximum(mean(square(sub(x, s))), LEAST_VARIANCE);
  return mul(add(log(variance), Math.log(2 * Math.PI) + 1), 0.5);
}
