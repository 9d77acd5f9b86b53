/**
 * Collaborative empirical Wiener filtering: each coefficient of the 3-D transform of a group of `count` block spectra of `length` coefficients is scaled, in place, by `p^2 / (p^2 + variance d^2)` with p that of
 * the same blocks in the pilot image and d the coefficient's of `deviations`; the first of all, the group's mean, is kept. Returns the group's weight: one over the sum of the squared `factor d`.
 */
export function wienerFiltering(
  group: Float64Array,
  pilot: Float64Array,
  count: number,
  length: number,
  variance: number,
  deviations: Float64Array,
): number {
  let squares = deviations[0]! ** 2;
  for (let from = 0; from < count * length; from += length) {
    for (let k = from === 0 ? 1 : 0; k < length; k++) {
      const i = from + k;
      const own = deviations[k]! * deviations[k]!;
      const power = pilot[i]! * pilot[i]!;
      const factor = power / (power + variance * own);
      group[i]! *= factor;
      squares += factor * factor * own;
    }
  }
  return 1 / squares;
}
