import { add, clip, div, formatShape, mean, mul, square, sub, type Tensor } from "@clidim/tensor";
import { gaussianFilter } from "./gaussianFilter.js";
import { gaussianWindow } from "./gaussianWindow.js";

export interface SsimOptions {
  /** Side of the Gaussian window, odd. Default 5. */
  readonly window?: number;
  /** Its standard deviation in pixels. Default 1.5. */
  readonly sigma?: number;
  /** Range of the values. Default 1. */
  readonly range?: number;
  /**
   * Multiply the second moments by n / (n - 1) with the window's effective number of pixels n = 1 / sum(w^2), as sample moments would have it.
   * Default false.
   */
  readonly unbiased?: boolean;
}

/** n / (n - 1) for a separable window, whose weights' squares sum to that of one axis squared. */
function sampleFactor(window: number, sigma: number): number {
  const squares = gaussianWindow(window, sigma).reduce((sum, weight) => sum + weight ** 2, 0);
  return 1 / (1 - squares ** 2);
}

/**
 * The map of structural similarities of x and y [N,H,W,C] (Wang et al. 2004), as kornia 0.5 computes it: with window means mu, population
 * moments s and w * a the Gaussian window mean of a,
 *
 *     s_x^2 = w * x^2 - mu_x^2,  s_xy = w * xy - mu_x mu_y,  C1 = (0.01 range)^2,  C2 = (0.03 range)^2
 *     S = (2 mu_x mu_y + C1)(2 s_xy + C2) / ((mu_x^2 + mu_y^2 + C1)(s_x^2 + s_y^2 + C2) + 1e-12)
 *
 * Images are mirrored at their edges, and the map has their extents.
 */
export function ssimMap(x: Tensor, y: Tensor, options: SsimOptions = {}): Tensor {
  const { window = 5, sigma = 1.5, range = 1, unbiased = false } = options;
  if (formatShape(x.shape) !== formatShape(y.shape)) {
    throw new Error(`ssimMap: x ${formatShape(x.shape)} and y ${formatShape(y.shape)} must have one shape`);
  }
  const filter = (image: Tensor): Tensor => gaussianFilter(image, window, sigma);
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const [meanX, meanY] = [filter(x), filter(y)];
  const [meanX2, meanY2, meanXY] = [square(meanX), square(meanY), mul(meanX, meanY)];
  const moment = (product: Tensor, means: Tensor): Tensor => {
    const population = sub(filter(product), means);
    return unbiased ? mul(population, sampleFactor(window, sigma)) : population;
  };
  const varianceX = moment(square(x), meanX2);
  const varianceY = moment(square(y), meanY2);
  const covariance = moment(mul(x, y), meanXY);
  const numerator = mul(add(mul(meanXY, 2), c1), add(mul(covariance, 2), c2));
  const denominator = mul(add(add(meanX2, meanY2), c1), add(add(varianceX, varianceY), c2));
  return div(numerator, add(denominator, 1e-12));
}

/** Structural dissimilarity, the mean of (1 - S) / 2 limited to [0, 1], of x and y [N,H,W,C] with values in [0, range]; see `ssimMap`. */
export const dssim = (x: Tensor, y: Tensor, options: SsimOptions = {}): Tensor =>
  mean(clip(mul(sub(1, ssimMap(x, y, options)), 0.5), 0, 1));
