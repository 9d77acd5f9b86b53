/**
 * The density of observations at each signal as a mixture of normal distributions whose parameters are polynomials of the signal (PPN2V; Prakash, Lalit, Tomancak, Krull and Jug 2020). With
 * t = (signal - low) / (high - low), clamped to 0 and 1, component k has
 *
 * - the weight `softmax_k(sum_i weight[k][i] t^i)`,
 * - the variance `max(leastVariance, sum_i exp(logVariance[k][i]) t^i)`,
 * - the mean `signal + m_k - sum_j w_j m_j` with `m_k = sum_i mean[k][i] t^i`, so that the mean of the mixture is the signal.
 */
export interface NoiseMixture {
  /** Signals between which it was fitted, grey values. */
  readonly low: number;
  readonly high: number;
  /** Grey values squared. */
  readonly leastVariance: number;
  /** Coefficients of each component, lowest power first; grey values. */
  readonly mean: readonly (readonly number[])[];
  /** Logarithms of grey values squared. */
  readonly logVariance: readonly (readonly number[])[];
  readonly weight: readonly (readonly number[])[];
}

/** PPN2V's, per grey value of a camera. */
const LEAST_DENSITY = 1e-10;
/** Of the largest density, where that is less: no camera of 16 bits has noise so wide, but there are images in other units. */
const LEAST_PART = 1e-6;

/** What is added to each density of a model of noise whose largest is `largest`, so that no observation is impossible; per grey value, as these are. */
export const leastDensity = (largest: number): number => Math.min(LEAST_DENSITY, LEAST_PART * largest);

/** The components at a signal. */
export interface MixtureComponents {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** Weights, means and variances of the components at a signal. */
export function mixtureComponents(mixture: NoiseMixture, signal: number): MixtureComponents {
  const { low, high, leastVariance, mean, logVariance, weight } = mixture;
  const t = high > low ? Math.min(1, Math.max(0, (signal - low) / (high - low))) : 0;
  const polynomial = (coefficients: readonly number[], of: (c: number) => number = (c) => c): number =>
    coefficients.reduce((sum, coefficient, power) => sum + of(coefficient) * t ** power, 0);
  const logits = weight.map((coefficients) => polynomial(coefficients));
  const most = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - most));
  const total = exponentials.reduce((a, b) => a + b, 0);
  const weights = Float64Array.from(exponentials, (value) => value / total);
  const shifts = mean.map((coefficients) => polynomial(coefficients));
  const average = shifts.reduce((sum, shift, k) => sum + weights[k]! * shift, 0);
  return {
    weights,
    means: Float64Array.from(shifts, (shift) => signal + shift - average),
    variances: Float64Array.from(logVariance, (coefficients) =>
      Math.max(leastVariance, polynomial(coefficients, Math.exp)),
    ),
  };
}

/** The density p(observed | signal) of a mixture, per grey value, without `leastDensity`: it integrates to 1. */
export function mixtureDensity(mixture: NoiseMixture, observed: number, signal: number): number {
  const { weights, means, variances } = mixtureComponents(mixture, signal);
  let density = 0;
  for (let k = 0; k < weights.length; k++) {
    const variance = variances[k]!;
    density +=
      (weights[k]! * Math.exp((-0.5 * (observed - means[k]!) ** 2) / variance)) /
      Math.sqrt(2 * Math.PI * variance);
  }
  return density;
}

/** So many signals between the ends of a mixture are looked at. */
const SIGNALS = 16;

/** The largest density of a mixture at any signal, per grey value: at the mean of one of its components. */
export function largestDensity(mixture: NoiseMixture): number {
  let largest = 0;
  for (let i = 0; i <= SIGNALS; i++) {
    const signal = mixture.low + ((mixture.high - mixture.low) * i) / SIGNALS;
    for (const mean of mixtureComponents(mixture, signal).means) {
      largest = Math.max(largest, mixtureDensity(mixture, mean, signal));
    }
  }
  return largest;
}

/** The variance of a mixture at a signal. */
export function mixtureVariance(mixture: NoiseMixture, signal: number): number {
  const { weights, means, variances } = mixtureComponents(mixture, signal);
  return weights.reduce((sum, weight, k) => sum + weight * (variances[k]! + (means[k]! - signal) ** 2), 0);
}
