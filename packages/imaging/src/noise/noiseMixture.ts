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

/** Added to each density, so that no observation is impossible: PPN2V's. */
export const LEAST_DENSITY = 1e-10;

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

/** The density p(observed | signal) of a mixture, per grey value, without `LEAST_DENSITY`: it integrates to 1. */
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

/** The variance of a mixture at a signal. */
export function mixtureVariance(mixture: NoiseMixture, signal: number): number {
  const { weights, means, variances } = mixtureComponents(mixture, signal);
  return weights.reduce((sum, weight, k) => sum + weight * (variances[k]! + (means[k]! - signal) ** 2), 0);
}
