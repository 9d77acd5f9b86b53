import { haar, inverseHaar } from "./haar.js";

/**
 * Collaborative empirical Wiener filtering: each coefficient of the 3-D transform of a group of `count` block spectra of `length` coefficients is scaled, in place, by `p^2 / (p^2 + variance)` with p that of
 * the same blocks in the pilot image; the first of all, the group's mean, is kept. The pilot's group is overwritten. Returns the group's weight: one over the sum of the squared factors.
 */
export function wienerFiltering(
  group: Float64Array,
  pilot: Float64Array,
  count: number,
  length: number,
  variance: number,
): number {
  haar(group, count, length);
  haar(pilot, count, length);
  let squares = 1;
  for (let i = 1; i < count * length; i++) {
    const power = pilot[i]! * pilot[i]!;
    const factor = power / (power + variance);
    group[i]! *= factor;
    squares += factor * factor;
  }
  inverseHaar(group, count, length);
  return 1 / squares;
}
