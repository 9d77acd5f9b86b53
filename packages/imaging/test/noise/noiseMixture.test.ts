import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { fitNoiseMixture } from "../../src/noise/fitNoiseMixture.js";
import {
  largestDensity,
  mixtureComponents,
  mixtureDensity,
  mixtureVariance,
  type NoiseMixture,
} from "../../src/noise/noiseMixture.js";
import { SignalPairSampler, type SignalPairs } from "../../src/noise/signalPairs.js";

interface Camera {
  readonly gain: number;
  readonly black: number;
  readonly readNoise: number;
  readonly photons: number;
}

/** Pairs of signals, evenly spread over the range of a camera, and what it makes of them. */
function pairsOf({ gain, black, readNoise, photons }: Camera, count: number, seed: number): SignalPairs {
  const random = counterRandom(seed);
  const electrons = Float64Array.from({ length: count }, () => photons * random.uniform());
  return {
    signal: electrons.map((mean) => black + gain * mean),
    observed: electrons.map((mean) => black + gain * (random.poisson(mean) + readNoise * random.normal())),
  };
}

const noiseOf = ({ gain, black, readNoise }: Camera) => ({
  gain,
  offset: (gain * readNoise) ** 2 - gain * black,
});

const meanLogLikelihood = ({ signal, observed }: SignalPairs, density: (x: number, s: number) => number) =>
  signal.reduce((sum, s, i) => sum + Math.log(density(observed[i]!, s)), 0) / signal.length;

/** The integral over all observations. */
function moments(mixture: NoiseMixture, signal: number) {
  const reach = 12 * Math.sqrt(mixtureVariance(mixture, signal));
  const step = reach / 4000;
  let [sum, mean, square] = [0, 0, 0];
  for (let x = -reach; x <= reach; x += step) {
    const p = mixtureDensity(mixture, signal + x, signal) * step;
    sum += p;
    mean += p * x;
    square += p * x * x;
  }
  return { sum, mean, variance: square - mean * mean };
}

const camera = fc.record({
  gain: fc.double({ min: 0.3, max: 60, noNaN: true }),
  black: fc.double({ min: 0, max: 500, noNaN: true }),
  readNoise: fc.double({ min: 0.7, max: 6, noNaN: true }),
  photons: fc.double({ min: 15, max: 200, noNaN: true }),
});

describe("a noise mixture", () => {
  test("of an image from 0 to 1, or to 1e9, is that of the same image in whole grey values, in other units", () => {
    const truth = { gain: 4, black: 100, readNoise: 2, photons: 40 };
    const whole = pairsOf(truth, 8000, 3);
    const { gain, offset } = noiseOf(truth);
    const mixture = fitNoiseMixture(whole, { gain, offset });
    for (const unit of [1 / 65535, 1e9 / 7]) {
      const scaled = {
        signal: whole.signal.map((value) => value * unit),
        observed: whole.observed.map((value) => value * unit),
      };
      const other = fitNoiseMixture(scaled, { gain: gain * unit, offset: offset * unit ** 2 });
      for (const signal of [100, 150, 200, 250]) {
        const ratio = mixtureVariance(other, signal * unit) / unit ** 2 / mixtureVariance(mixture, signal);
        expect(ratio).toBeCloseTo(1, 2);
      }
      expect(largestDensity(other) * unit).toBeCloseTo(largestDensity(mixture), 2);
    }
  });

  test("is no narrower than the rounding of whole grey values", () => {
    const rounded = { signal: new Float64Array(500).fill(7), observed: new Float64Array(500).fill(7) };
    const noise = { gain: 0, offset: 1e-4 };
    expect(fitNoiseMixture(rounded, noise).leastVariance).toBeCloseTo(1 / 12, 10);
    const finer = {
      ...rounded,
      observed: rounded.observed.map((value, i) => value + (i % 2 ? 0.01 : -0.01)),
    };
    expect(fitNoiseMixture(finer, noise).leastVariance).toBeCloseTo(1e-6, 10);
  });

  test("recovers a simulated camera: its variance at every signal, and a likelihood as of the truth", () => {
    fc.assert(
      fc.property(camera, fc.integer({ min: 0, max: 1000 }), (truth, seed) => {
        const mixture = fitNoiseMixture(pairsOf(truth, 8000, seed), noiseOf(truth));
        for (const part of [0.1, 0.5, 0.9]) {
          const mean = part * truth.photons;
          const signal = truth.black + truth.gain * mean;
          const ratio = mixtureVariance(mixture, signal) / (truth.gain ** 2 * (mean + truth.readNoise ** 2));
          expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
          const { sum, mean: bias } = moments(mixture, signal);
          expect(sum).toBeCloseTo(1, 6);
          expect(Math.abs(bias)).toBeLessThan(1e-6 * (1 + signal));
        }
        // A normal distribution with the true variance is what a mixture must not be worse than on other observations.
        const others = pairsOf(truth, 8000, seed + 1);
        const { gain, offset } = noiseOf(truth);
        const normal = (x: number, s: number): number => {
          const variance = gain * s + offset;
          return Math.exp((-0.5 * (x - s) ** 2) / variance) / Math.sqrt(2 * Math.PI * variance);
        };
        const difference =
          meanLogLikelihood(others, (x, s) => mixtureDensity(mixture, x, s)) -
          meanLogLikelihood(others, normal);
        expect(difference).toBeGreaterThan(-0.002);
      }),
      { numRuns: 6, seed: 5 },
    );
  });

  test("has the skewness of few photons, which a normal distribution has not", () => {
    const truth: Camera = { gain: 10, black: 50, readNoise: 0.5, photons: 6 };
    const mixture = fitNoiseMixture(pairsOf(truth, 12000, 1), noiseOf(truth));
    const signal = 50 + 10 * 2;
    const above = mixtureDensity(mixture, signal + 45, signal);
    const below = mixtureDensity(mixture, signal - 45, signal);
    expect(above).toBeGreaterThan(20 * below);
  });

  test("the same pairs give the same fit; each step rises along the gradient", () => {
    const truth: Camera = { gain: 2, black: 20, readNoise: 2, photons: 50 };
    const pairs = pairsOf(truth, 2000, 3);
    const fit = (steps: number) => fitNoiseMixture(pairs, noiseOf(truth), { steps });
    expect(fit(50)).toEqual(fit(50));
    const likelihood = (mixture: NoiseMixture) =>
      meanLogLikelihood(pairs, (x, s) => mixtureDensity(mixture, x, s));
    expect(likelihood(fit(150))).toBeGreaterThan(likelihood(fit(0)));
  });

  test("components have PPN2V's formula, signals beyond those that were fitted the nearest one's parameters", () => {
    const mixture: NoiseMixture = {
      low: 100,
      high: 300,
      leastVariance: 2,
      mean: [
        [0, 4],
        [2, 0],
      ],
      logVariance: [
        [Math.log(9), Math.log(4)],
        [Math.log(0.5), Math.log(1e-9)],
      ],
      weight: [
        [0, 0],
        [Math.log(3), 0],
      ],
    };
    // t = 1/2: weights 1/4 and 3/4; means 2 and 2 about their average 2; variances 9 + 4/2 and at least 2.
    const { weights, means, variances } = mixtureComponents(mixture, 200);
    expect(weights[0]).toBeCloseTo(0.25, 12);
    expect(weights[1]).toBeCloseTo(0.75, 12);
    expect([...means]).toEqual([200, 200]);
    expect(variances[0]).toBeCloseTo(11, 12);
    expect(variances[1]).toBe(2);
    expect([...mixtureComponents(mixture, 400).variances]).toEqual([
      ...mixtureComponents(mixture, 300).variances,
    ]);
    // At t = 1 the means differ by 2 from each other, and the mixture's is the signal.
    const far = mixtureComponents(mixture, 300);
    expect(far.means[0]! - far.means[1]!).toBeCloseTo(2, 12);
    expect(far.weights[0]! * far.means[0]! + far.weights[1]! * far.means[1]!).toBeCloseTo(300, 10);
  });

  test("wants pairs", () => {
    const none = { signal: new Float64Array(), observed: new Float64Array() };
    expect(() => fitNoiseMixture(none, { gain: 1, offset: 0 })).toThrow(/at least one, got 0 and 0/);
  });
});

test("a sample of pairs is even over the signals, and has the pairs as they were", () => {
  const random = counterRandom(9);
  const sampler = new SignalPairSampler({ low: 0, high: 64 });
  // A hundred times as many dark ones.
  const signal = Float64Array.from(
    { length: 101000 },
    (_, i) => (i % 101 === 0 ? 63.5 : 0.5) + 0.4 * random.uniform(),
  );
  sampler.add(
    signal,
    signal.map((value) => 10 * value),
  );
  const pairs = sampler.finish();
  expect(pairs.signal.filter((value) => value < 32)).toHaveLength(200);
  expect(pairs.signal.filter((value) => value > 32)).toHaveLength(200);
  expect([...pairs.observed]).toEqual([...pairs.signal.map((value) => 10 * value)]);
  // Drawn from all of them, not from the first.
  const dark = pairs.signal.filter((value) => value < 32);
  const places = new Set([...dark].map((value) => Math.floor((10 * signal.indexOf(value)) / signal.length)));
  expect(places.size).toBe(10);
});
