import type { NoiseModel } from "./noiseModel.js";

/** The variance of the noise of pixels of about one expected grey value. */
export interface SignalVariance {
  readonly signal: number;
  readonly variance: number;
  /** What it counts for beside others, >= 0; 0 leaves it out. */
  readonly weight: number;
}

/** |N(0, 1)| has median 0.6745. */
const NORMAL_MEDIAN = 0.6744897501960817;

/** A line through variances. */
export interface VarianceLine extends NoiseModel {
  /** The robust relative standard deviation of the variances from the line. */
  readonly scatter: number;
}

/**
 * The line `gain signal + offset` through variances of noise: least squares of relative errors, as the standard error of a variance is in proportion to it, reweighted (Cauchy) against those that other things than noise
 * have a part in, which are further off than others are for their weights: a variance of few pixels may be far off. Relative to the line: relative to the variances themselves, those that chance made small would count for more. A line that falls becomes a mean.
 */
export function varianceLine(points: readonly SignalVariance[]): VarianceLine {
  const used = points.filter(({ weight }) => weight > 0);
  const middle = middleVariance(used);
  let line: VarianceLine = { gain: 0, offset: middle, scatter: 0 };
  // Most are 0, from which nothing can be relative.
  if (middle === 0) return line;
  const least = 1e-3 * middle;
  let inliers = used.map(() => 1);
  for (let round = 0; round < 40; round++) {
    const at = ({ signal }: SignalVariance): number => line.gain * signal + line.offset;
    let [w, x, y, xx, xy] = [0, 0, 0, 0, 0];
    used.forEach((point, i) => {
      const { signal, variance } = point;
      const weight = (inliers[i]! * point.weight) / Math.max(at(point), least) ** 2;
      w += weight;
      x += weight * signal;
      y += weight * variance;
      xx += weight * signal * signal;
      xy += weight * signal * variance;
    });
    const determinant = w * xx - x * x;
    const gain = determinant > 1e-12 * w * xx ? (w * xy - x * y) / determinant : 0;
    line =
      gain > 0
        ? { ...line, gain, offset: (y - gain * x) / w }
        : { ...line, gain: 0, offset: w > 0 ? y / w : 0 };
    const errors = used.map((point) => (point.variance - at(point)) / Math.max(at(point), least));
    const scatter = deviationOf(errors);
    line = { ...line, scatter };
    const standard = errors.map((error, i) => error * Math.sqrt(used[i]!.weight));
    const deviation = deviationOf(standard);
    if (deviation === 0) break;
    inliers = standard.map((error) => 1 / (1 + (error / (2.385 * deviation)) ** 2));
  }
  return line;
}

/** The robust standard deviation of values around 0; 0 of none. */
const deviationOf = (values: readonly number[]): number =>
  (values.map(Math.abs).sort((a, b) => a - b)[values.length >> 1] ?? 0) / NORMAL_MEDIAN;

/** The variance that half of the weight is at or below, so that many points of a few pixels each are no majority; 0 of none. */
function middleVariance(points: readonly SignalVariance[]): number {
  const half = points.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { variance, weight } of points.toSorted((a, b) => a.variance - b.variance)) {
    below += weight;
    if (below > half) return variance;
  }
  return 0;
}
