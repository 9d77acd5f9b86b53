import type { Float64Plane, Plane } from "@clidim/imaging";
import { windowMoments } from "./windowMoments.js";

export interface LocalWienerOptions {
  /** Side of the window, odd, pixels. */
  readonly window: number;
  /** Standard deviation of the noise, in the page's units. Default 1, as after `anscombe`. */
  readonly sigma?: number;
}

/**
 * The local adaptive Wiener filter (Lee 1980), as `scipy.signal.wiener` with `noise = sigma^2`: of mean m and variance v of the window around a pixel x, `m + max(0, 1 - sigma^2 / v) (x - m)`. Borders are mirrored, where scipy takes
 * what is outside for 0. float64.
 */
export function localWiener(page: Plane, { window, sigma = 1 }: LocalWienerOptions): Float64Plane {
  if (!Number.isSafeInteger(window) || window < 3 || window % 2 === 0) {
    throw new Error(`localWiener: expected an odd window of at least 3 pixels, got ${window}`);
  }
  if (!(sigma > 0)) throw new Error(`localWiener: expected sigma > 0, got ${sigma}`);
  const { width, height } = page;
  const { middle, values, means, variances } = windowMoments(page, window);
  const noise = sigma * sigma;
  const data = values.map((value, i) => {
    const [mean, variance] = [means[i]!, variances[i]!];
    return middle + mean + (variance > noise ? (1 - noise / variance) * (value - mean) : 0);
  });
  return { width, height, data };
}
