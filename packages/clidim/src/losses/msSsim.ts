import {
  add,
  avgPool2d,
  div,
  formatShape,
  maximum,
  mean,
  mul,
  pow,
  square,
  sub,
  type Tensor,
} from "@clidim/tensor";
import { gaussianFilter } from "./gaussianFilter.js";

export interface MsSsimOptions {
  /** Side of the Gaussian window, odd. Default 11. */
  readonly window?: number;
  /** Its standard deviation in pixels. Default 1.5. */
  readonly sigma?: number;
  /** Range of the values. Default 1. */
  readonly range?: number;
  /** Exponents of the scales, finest first. Default those of Wang et al.: 0.0448, 0.2856, 0.3001, 0.2363, 0.1333. */
  readonly weights?: readonly number[];
}

const publishedWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/** A power's derivative is infinite at 0. */
const floor = 1e-6;

/** Images of this side or larger have room for the window at the coarsest scale. */
export const smallestMsSsimSide = (window = 11, scales: number = publishedWeights.length): number =>
  (window - 1) * 2 ** (scales - 1) + 1;

/**
 * Multi-scale structural similarity of x and y [N,H,W,C] (Wang et al. 2003), the mean over samples and channels, as pytorch-msssim 0.2
 * computes it: with the window means and population moments of `ssimMap`, taken where the window lies within the image,
 *
 *     c = (2 s_xy + C2) / (s_x^2 + s_y^2 + C2),  l = (2 mu_x mu_y + C1) / (mu_x^2 + mu_y^2 + C1)
 *     product over scales s of mean(c_s)^w_s, with mean(l_s c_s) at the coarsest
 *
 * where each scale is the one before averaged over 2 x 2 pixels (zeros added in front and behind where a side is odd). Means below 1e-6 count as
 * 1e-6. Both sides must be larger than 16 (window - 1) for the published scales.
 */
export function msSsim(x: Tensor, y: Tensor, options: MsSsimOptions = {}): Tensor {
  const { window = 11, sigma = 1.5, range = 1, weights = publishedWeights } = options;
  const least = smallestMsSsimSide(window, weights.length);
  const [, height = 0, width = 0] = x.shape;
  if (
    x.shape.length !== 4 ||
    formatShape(x.shape) !== formatShape(y.shape) ||
    Math.min(height, width) < least
  ) {
    throw new Error(
      `msSsim: expected x and y of one shape [N,H,W,C] with H and W of at least ${least}, got ${formatShape(x.shape)} and ` +
        `${formatShape(y.shape)}; use larger crops, a smaller window or fewer scales`,
    );
  }
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const filter = (image: Tensor): Tensor => gaussianFilter(image, window, sigma, "none");
  const factors: Tensor[] = [];
  let [a, b] = [x, y];
  for (const [scale, weight] of weights.entries()) {
    if (scale > 0) {
      const padding = [a.shape[1]! % 2, a.shape[2]! % 2] as const;
      [a, b] = [avgPool2d(a, { kernel: 2, padding }), avgPool2d(b, { kernel: 2, padding })];
    }
    const [meanA, meanB] = [filter(a), filter(b)];
    const [squareA, squareB, product] = [square(meanA), square(meanB), mul(meanA, meanB)];
    const covariance = sub(filter(mul(a, b)), product);
    const variances = sub(filter(add(square(a), square(b))), add(squareA, squareB));
    const contrast = div(add(mul(covariance, 2), c2), add(variances, c2));
    const luminance = div(add(mul(product, 2), c1), add(add(squareA, squareB), c1));
    const similarity = scale === weights.length - 1 ? mul(luminance, contrast) : contrast;
    factors.push(pow(maximum(mean(similarity, [1, 2]), floor), weight));
  }
  return mean(factors.reduce((total, factor) => mul(total, factor)));
}
