import type { Plane } from "./image.js";
import { percentiles } from "./percentile.js";

/**
 * The grey values shown as black and white when a page without much noise is shown: its percentiles 0.1 and 99.9, where these are one value its least and its greatest,
 * and where the whole page is one value a range around it, so that it is shown as grey.
 */
export function displayRange(page: Plane): { readonly low: number; readonly high: number } {
  const [least, low, high, greatest] = percentiles([page], [0, 0.1, 99.9, 100]) as [
    number,
    number,
    number,
    number,
  ]; // one value per percentage
  if (high > low) return { low, high };
  if (greatest > least) return { low: least, high: greatest };
  const around = Math.max(1, Math.abs(low));
  return { low: low - around, high: low + around };
}
