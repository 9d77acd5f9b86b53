import { normalDensity, normalProbability } from "./normalDistribution.js";

/** Means beyond are taken for so many standard deviations from where they are clipped. */
const FURTHEST = 6;

/** Normal noise that was clipped from below at 0, as a camera clips what would be negative. */
export interface UnclippedNormal {
  /** Expectation and variance without the clipping. */
  readonly mean: number;
  readonly variance: number;
  /** The probability of values below 0. */
  readonly clipped: number;
}

/**
 * What normal noise was before values below 0 became 0, from the expectation and the variance, both > 0, that it has then (Foi 2009): the expectation of max(0, N(z, 1)) is `density(z) + z P(z)`, that of its
 * square `(z^2 + 1) P(z) + z density(z)`, and the ratio of mean and deviation tells z.
 */
export function unclippedNormal(mean: number, variance: number): UnclippedNormal {
  const ratio = mean / Math.sqrt(variance);
  // The ratio grows with z.
  let [low, high] = [-FURTHEST, FURTHEST];
  for (let i = 0; i < 60; i++) {
    const z = (low + high) / 2;
    const clipped = clippedMoments(z);
    if (clipped.mean < ratio * Math.sqrt(clipped.variance)) low = z;
    else high = z;
  }
  const z = (low + high) / 2;
  const whole = variance / clippedMoments(z).variance;
  return { mean: z * Math.sqrt(whole), variance: whole, clipped: normalProbability(-z) };
}

/** The part of counts of photons that are 0, from their expectation and variance, both > 0 and in any unit: `exp(-n)`, where n photons have a ratio of expectation and deviation of `sqrt(n)`. */
export function zerosOfCounts(mean: number, variance: number): number {
  return Math.exp(-(mean * mean) / variance);
}

function clippedMoments(z: number): { mean: number; variance: number } {
  const [density, probability] = [normalDensity(z), normalProbability(z)];
  const mean = density + z * probability;
  return { mean, variance: (z * z + 1) * probability + z * density - mean * mean };
}
