/** A mean loss that exceeds another one by so many standard errors of the difference is worse, beyond chance. */
const ERRORS = 3;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether errors are more than others of the same pixels, beyond chance. */
export function exceeds(errors: readonly number[], others: readonly number[]): boolean {
  const differences = errors.map((error, i) => error - others[i]!);
  const mean = meanOf(differences);
  const variance = meanOf(differences.map((difference) => (difference - mean) ** 2));
  return mean > ERRORS * Math.sqrt(variance / differences.length);
}
