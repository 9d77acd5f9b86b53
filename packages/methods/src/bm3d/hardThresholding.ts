import { haar, inverseHaar } from "./haar.js";

/**
 * Collaborative hard thresholding: of the 3-D transform of a group of `count` block spectra of `length` coefficients, those below the threshold become 0, in place. The first of all, the group's mean, is
 * kept. Returns the group's weight: one over the number of coefficients left, which is the variance of the noise that is left.
 */
export function hardThresholding(
  group: Float64Array,
  count: number,
  length: number,
  threshold: number,
): number {
  haar(group, count, length);
  let left = 1;
  for (let i = 1; i < count * length; i++) {
    if (Math.abs(group[i]!) < threshold) group[i] = 0;
    else left++;
  }
  inverseHaar(group, count, length);
  return 1 / left;
}
