/**
 * Collaborative hard thresholding: of the 3-D transform of a group of `count` block spectra of `length` coefficients, those below the threshold become 0, in place. The first of all, the group's mean, is
 * kept. The threshold is in units of each coefficient's `deviations`. Returns the group's weight: one over the variance of the noise that is left, which of white noise is the number of coefficients left.
 */
export function hardThresholding(
  group: Float64Array,
  count: number,
  length: number,
  threshold: number,
  deviations: Float64Array,
): number {
  let left = deviations[0]! ** 2;
  for (let from = 0; from < count * length; from += length) {
    for (let k = from === 0 ? 1 : 0; k < length; k++) {
      const deviation = deviations[k]!;
      if (Math.abs(group[from + k]!) < threshold * deviation) group[from + k] = 0;
      else left += deviation * deviation;
    }
  }
  return 1 / left;
}
