import { abs, add, div, formatShape, log, mean, sub, type Tensor } from "@clidim/tensor";

/**
 * The mean over pixels of the negative logarithm of Laplace's density, |target - centre| / scale + log(2 scale), as the package CSBDeep has it for probabilistic outputs. All have one shape, and scales are positive. Where the scale is fitted as well
 * as can be, it is the mean absolute difference, and sqrt(2) times it the standard deviation.
 */
export function laplaceLoss(centre: Tensor, scale: Tensor, target: Tensor): Tensor {
  const shapes = [centre, scale, target].map(({ shape }) => formatShape(shape));
  if (new Set(shapes).size > 1) {
    throw new Error(`laplaceLoss: expected centre, scale and target of one shape, got ${shapes.join(", ")}`);
  }
  return add(mean(add(div(abs(sub(target, centre)), scale), log(scale))), Math.LN2);
}
