import type { Plane } from "@clidim/imaging";
import { windowMoments } from "./windowMoments.js";

/**
 * Stein's unbiased estimate (SURE, 1981) of the squared error of `localWiener` at a window, for normal noise of standard deviation 1: the weighted mean of `(f - x)^2 + 2 df/dx - 1`, with f the result at a pixel x. With the window's
 * number of pixels n, mean m and variance v, where v > 1: `f - x = -(x - m) / v` and `df/dx = 1 - (1 - 1/n) / v + 2 (x - m)^2 / (n v^2)`; elsewhere f = m and df/dx = 1/n. The clean page is not needed, and every pixel counts. Weights, one for
 * each pixel, are >= 0; their scale is that of the result. Near borders, where a mirrored window has pixels twice, it is close.
 */
export function wienerRisk(page: Plane, window: number, weights: Float64Array): number {
  const { values, means, variances } = windowMoments(page, window);
  const share = 1 / (window * window);
  let [risk, total] = [0, 0];
  for (const [i, weight] of weights.entries()) {
    const difference = values[i]! - means[i]!;
    const variance = variances[i]!;
    const kept = variance > 1;
    const error = kept ? difference / variance : difference;
    const slope = kept
      ? 1 - (1 - share) / variance + (2 * share * difference * difference) / (variance * variance)
      : share;
    risk += weight * (error * error + 2 * slope - 1);
    total += weight;
  }
  return risk / total;
}
