import { studentQuantile } from "./studentQuantile.js";

/** Where the mean lies with the stated confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Two-sided confidence interval of the mean of independent values, by Student's t with n - 1 degrees of freedom; `confidence` in (0, 1).
 * Undefined for fewer than two values, and where one of them is infinite: then there is no standard deviation to tell it from.
 */
export function confidenceInterval(values: readonly number[], confidence = 0.95): Interval | undefined {
  const count = values.length;
  if (count < 2 || !values.every(Number.isFinite)) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = studentQuantile((1 + confidence) / 2, count - 1) * Math.sqrt(variance / count);
  return { low: mean - half, high: mean + half };
}
