/** A mean loss that exceeds another one by so many standard errors of the difference is worse, beyond chance. */
const ERRORS = 3;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A loss that was measured beside another one, `from`, on pixels on which that one is `to`. Beside a loss of 0 nothing is in proportion: it is as much above the other one. */
export const inProportion = (loss: number, from: number, to: number): number =>
  from > 0 ? (loss * to) / from : to + loss;

/** Whether errors are more than others of the same pixels, beyond chance. */
export function exceeds(errors: readonly number[], others: readonly number[]): boolean {
  const differences = errors.map((error, i) => error - others[i]!);
  const mean = meanOf(differences);
  const variance = meanOf(differences.map((difference) => (difference - mean) ** 2));
  return mean > ERRORS * Math.sqrt(variance / differences.length);
}
