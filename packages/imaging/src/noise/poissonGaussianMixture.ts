import type { NoiseMixture } from "./noiseMixture.js";
import type { NoiseModel } from "./noiseModel.js";

/** Below the signal where the noise has this part of its variance at the middle one, the variance stays: a line would reach 0 there. */
const LEAST = 0.01;

/**
 * Poisson-Gaussian noise as a mixture of one normal distribution, whose variance is `gain s + offset` at the signals s from `low` to `high`, and beyond as at the nearer of the two. A line that comes near to 0 in the range starts where it has a
 * hundredth of the variance at the signal `middle`, by default the range's: a range that goes on beyond what images have wants theirs.
 */
export function poissonGaussianMixture(
  { gain, offset }: NoiseModel,
  range: { readonly low: number; readonly high: number; readonly middle?: number },
): NoiseMixture {
  const { high } = range;
  const variance = (signal: number): number => gain * signal + offset;
  const middle = variance(range.middle ?? (range.low + high) / 2);
  if (!(gain >= 0 && high > range.low && middle > 0)) {
    throw new Error(
      `poissonGaussianMixture: expected gain >= 0, low < high, and noise between them, got gain ${gain}, offset ${offset}, ${range.low} to ${high}`,
    );
  }
  const leastVariance = LEAST * middle;
  const low = variance(range.low) < leastVariance ? (leastVariance - offset) / gain : range.low;
  // The line from low to high, whose slope may be 0.
  const slope = Math.log(Math.max(variance(high) - variance(low), Number.MIN_VALUE));
  return {
    low,
    high,
    leastVariance,
    mean: [[0]],
    logVariance: [[Math.log(variance(low)), slope]],
    weight: [[0]],
  };
}
