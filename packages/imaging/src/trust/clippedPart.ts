import type { Plane } from "../image/image.js";
import { surroundings } from "./surroundings.js";

/** Less of a page than this has its largest value by chance. */
const FEWEST = 0.01;

/** Correlation of noisy pixels with those around them, where these go on rising. */
const RISING = 0.1;

/** So many standard deviations of a correlation of chance. */
const CERTAIN = 5;

/** What part of a clean page was clipped: of its pixels that have its largest value, where that is 1 % or more and the noisy page of the same size still has structure there. 0 where it was not. */
export function clippedPart(noisy: Plane, clean: Plane): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < clean.data.length; i++) largest = Math.max(largest, clean.data[i]!);
  const around = surroundings(noisy).data;
  let [count, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < clean.data.length; i++) {
    if (clean.data[i] !== largest) continue;
    const [a, b] = [noisy.data[i]!, around[i]!];
    count++;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  if (count < FEWEST * clean.data.length || count === clean.data.length) return 0;
  const covariance = xy / count - (x / count) * (y / count);
  const variances = (xx / count - (x / count) ** 2) * (yy / count - (y / count) ** 2);
  const correlation = variances > 0 ? covariance / Math.sqrt(variances) : 0;
  return correlation > Math.max(RISING, CERTAIN / Math.sqrt(count)) ? count / clean.data.length : 0;
}
