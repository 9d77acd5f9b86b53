import { describe, expect, test } from "vitest";
import { mixtureDensity, mixtureVariance } from "../../src/noise/noiseMixture.js";
import { poissonGaussianMixture } from "../../src/noise/poissonGaussianMixture.js";

describe("poissonGaussianMixture", () => {
  const noise = { gain: 2.5, offset: -180 };

  test("has the variance of the line between low and high, and mean at the signal", () => {
    const mixture = poissonGaussianMixture(noise, { low: 100, high: 900 });
    for (const signal of [100, 101, 250, 899, 900]) {
      expect(mixtureVariance(mixture, signal) / (2.5 * signal - 180)).toBeCloseTo(1, 10);
    }
    expect(mixtureVariance(mixture, 50)).toBeCloseTo(70, 8);
    expect(mixtureVariance(mixture, 2000)).toBeCloseTo(2070, 8);
    const deviation = Math.sqrt(2.5 * 300 - 180);
    expect(mixtureDensity(mixture, 300, 300)).toBeCloseTo(1 / (deviation * Math.sqrt(2 * Math.PI)), 12);
  });

  test("starts where the line has a hundredth of the variance in the middle", () => {
    // Grey values below that of the dark camera.
    const mixture = poissonGaussianMixture(noise, { low: 60, high: 900 });
    const least = 0.01 * (2.5 * 480 - 180);
    expect(mixtureVariance(mixture, 60)).toBeCloseTo(least, 8);
    expect(mixture.low).toBeCloseTo((least + 180) / 2.5, 10);
    expect(mixtureVariance(mixture, 200)).toBeCloseTo(320, 8);
  });

  test("of read noise alone", () => {
    const mixture = poissonGaussianMixture({ gain: 0, offset: 9 }, { low: -5, high: 5 });
    for (const signal of [-9, 0, 4]) expect(mixtureVariance(mixture, signal)).toBeCloseTo(9, 10);
    expect(JSON.parse(JSON.stringify(mixture))).toEqual(mixture);
  });

  test("says what is wrong", () => {
    expect(() => poissonGaussianMixture({ gain: 1, offset: -20 }, { low: 0, high: 10 })).toThrow(
      "poissonGaussianMixture: expected gain >= 0, low < high, and noise between them, got gain 1, offset -20, 0 to 10",
    );
  });
});
