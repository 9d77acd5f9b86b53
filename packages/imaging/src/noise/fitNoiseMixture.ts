import type { NoiseMixture } from "./noiseMixture.js";
import { leastDensity } from "./noiseMixture.js";
import type { NoiseModel } from "./noiseModel.js";
import type { SignalPairs } from "./signalPairs.js";

export interface FitMixtureOptions {
  /** Normal distributions. Default 3. */
  readonly components?: number;
  /** Steps of Adam, each over all pairs. Default 200. */
  readonly steps?: number;
  /** Whether observations come from whole grey values, which have the variance of their rounding, 1 / 12. Default: whether all are such. */
  readonly whole?: boolean;
}

/** Coefficients of each polynomial, PPN2V's: it is a line. */
const COEFFICIENTS = 2;
const RATE = 0.1;
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];
/** No component is narrower than this part of the noise at the lowest signal, or than the rounding of whole grey values. */
const NARROWEST = 0.1;

/**
 * Fits a mixture to pairs of signal and observation, of which there must be some, by their mean log-likelihood, with Adam (the rate falls by half a cosine wave) in float64. It begins with normal distributions of half, once and twice the variance that
 * `noise` tells, so that it finds the same each time; PPN2V begins at random. Written out rather than by automatic differentiation, as this package stands below it, needs no device, and some thousand pairs are little work.
 */
export function fitNoiseMixture(
  { signal, observed }: SignalPairs,
  noise: NoiseModel,
  { components = 3, steps = 200, whole = observed.every(Number.isInteger) }: FitMixtureOptions = {},
): NoiseMixture {
  if (signal.length === 0 || signal.length !== observed.length) {
    throw new Error(
      `fitNoiseMixture: expected as many signals as observations, and at least one, got ${signal.length} and ${observed.length}`,
    );
  }
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const s of signal) [low, high] = [Math.min(low, s), Math.max(high, s)];
  // Others than whole grey values, such as those of an image from 0 to 1, have any size.
  const middle = noise.gain * ((low + high) / 2) + noise.offset;
  const none = whole ? 1e-6 : 1e-6 * Math.max(middle, Number.MIN_VALUE);
  const variance = (s: number): number => Math.max(noise.gain * s + noise.offset, none);
  // Grey values are divided by it, so that one rate suits all parameters.
  const unit = Math.sqrt(Math.max(variance((low + high) / 2), whole ? 1e-12 : Number.MIN_VALUE));
  const least = Math.max(NARROWEST ** 2 * variance(low), whole ? 1 / 12 : 0) / unit ** 2;
  const pairs = signal.length;
  const [t, x] = [new Float64Array(pairs), new Float64Array(pairs)];
  for (let i = 0; i < pairs; i++) {
    t[i] = high > low ? (signal[i]! - low) / (high - low) : 0;
    x[i] = (observed[i]! - signal[i]!) / unit;
  }
  const parameters = start(components, variance(low) / unit ** 2, variance(high) / unit ** 2);
  const [first, second] = [new Float64Array(parameters.length), new Float64Array(parameters.length)];
  for (let step = 1; step <= steps; step++) {
    const gradient = likelihoodGradient(parameters, components, t, x, least, unit);
    const rate = RATE * 0.5 * (1 + Math.cos((Math.PI * (step - 1)) / steps));
    for (let i = 0; i < parameters.length; i++) {
      first[i] = BETA1 * first[i]! + (1 - BETA1) * gradient[i]!;
      second[i] = BETA2 * second[i]! + (1 - BETA2) * gradient[i]! ** 2;
      const corrected = Math.sqrt(second[i]! / (1 - BETA2 ** step)) + EPSILON;
      parameters[i]! += (rate * first[i]!) / (1 - BETA1 ** step) / corrected;
    }
  }
  const rows = (group: number, of: (value: number) => number): number[][] =>
    Array.from({ length: components }, (_, k) =>
      Array.from(parameters.subarray(place(components, group, k), place(components, group, k + 1)), of),
    );
  return {
    low,
    high,
    leastVariance: least * unit ** 2,
    mean: rows(MEAN, (value) => value * unit),
    logVariance: rows(VARIANCE, (value) => value + 2 * Math.log(unit)),
    weight: rows(WEIGHT, (value) => value),
  };
}

const [MEAN, VARIANCE, WEIGHT] = [0, 1, 2];
/** Where the coefficients of a component begin. */
const place = (components: number, group: number, k: number): number =>
  (group * components + k) * COEFFICIENTS;

function start(components: number, lowest: number, highest: number): Float64Array {
  const parameters = new Float64Array(3 * components * COEFFICIENTS);
  for (let k = 0; k < components; k++) {
    const factor = 2 ** (k - (components - 1) / 2);
    const at = place(components, VARIANCE, k);
    parameters[at] = Math.log(factor * lowest);
    parameters[at + 1] = Math.log(factor * Math.max(highest - lowest, 1e-3 * lowest));
    // Skewed noise has its wide component above the others.
    parameters[place(components, MEAN, k)] = 0.1 * (k - (components - 1) / 2);
  }
  return parameters;
}

/** The gradient of the mean log-likelihood, of observations given as their differences from the signal. */
function likelihoodGradient(
  parameters: Float64Array,
  components: number,
  t: Float64Array,
  x: Float64Array,
  least: number,
  unit: number,
): Float64Array {
  const gradient = new Float64Array(parameters.length);
  const vectors = Array.from({ length: 5 }, () => new Float64Array(components));
  const [weights, shifts, variances, densities, pulls] = vectors as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]; // five were made
  const exponentials = Float64Array.from({ length: components * COEFFICIENTS }, (_, i) =>
    Math.exp(parameters[components * COEFFICIENTS + i]!),
  );
  // The largest density is about that of a normal distribution with the deviation `unit`.
  const floor = leastDensity(1 / (Math.sqrt(2 * Math.PI) * unit)) * unit;
  for (let i = 0; i < x.length; i++) {
    const at = t[i]!;
    let [total, average] = [0, 0];
    for (let k = 0; k < components; k++) {
      const w = place(components, WEIGHT, k);
      weights[k] = Math.exp(parameters[w]! + parameters[w + 1]! * at);
      total += weights[k]!;
      const m = place(components, MEAN, k);
      shifts[k] = parameters[m]! + parameters[m + 1]! * at;
      variances[k] = Math.max(least, exponentials[2 * k]! + exponentials[2 * k + 1]! * at);
    }
    for (let k = 0; k < components; k++) {
      weights[k]! /= total;
      average += weights[k]! * shifts[k]!;
    }
    let density = floor;
    for (let k = 0; k < components; k++) {
      const distance = x[i]! - shifts[k]! + average;
      pulls[k] = distance / variances[k]!;
      densities[k] =
        (weights[k]! * Math.exp(-0.5 * distance * pulls[k]!)) / Math.sqrt(2 * Math.PI * variances[k]!);
      density += densities[k]!;
    }
    // d log p / d mean_k = r_k (x - mean_k) / variance_k, with the responsibilities r_k.
    let [pull, responsible] = [0, 0];
    for (let k = 0; k < components; k++) {
      densities[k]! /= density;
      pull += densities[k]! * pulls[k]!;
      responsible += densities[k]!;
    }
    for (let k = 0; k < components; k++) {
      const [r, w, v] = [densities[k]!, weights[k]!, variances[k]!];
      // All means move against their average.
      const ofMean = r * pulls[k]! - pull * w;
      const m = place(components, MEAN, k);
      gradient[m]! += ofMean;
      gradient[m + 1]! += ofMean * at;
      const ofWeight = r - w * (responsible + pull * (shifts[k]! - average));
      const a = place(components, WEIGHT, k);
      gradient[a]! += ofWeight;
      gradient[a + 1]! += ofWeight * at;
      if (v <= least) continue;
      const ofVariance = 0.5 * r * (pulls[k]! * pulls[k]! - 1 / v);
      const s = place(components, VARIANCE, k);
      gradient[s]! += ofVariance * exponentials[2 * k]!;
      gradient[s + 1]! += ofVariance * exponentials[2 * k + 1]! * at;
    }
  }
  for (let i = 0; i < gradient.length; i++) gradient[i]! /= x.length;
  return gradient;
}
