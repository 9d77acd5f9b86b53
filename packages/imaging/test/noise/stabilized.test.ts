import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { anscombe, inverseAnscombe } from "../../src/noise/anscombe.js";
import { stabilized } from "../../src/noise/stabilized.js";

const flat = (size: number, value: (i: number) => number) => ({
  width: size,
  height: size,
  data: Float64Array.from({ length: size * size }, (_, i) => value(i)),
});

describe("anscombe", () => {
  const noise = { gain: 5, offset: 5 * 5 * 4 - 5 * 100 };
  const photons = [2, 5, 20, 200];
  const draws = 20000;

  test.each(photons)(
    "makes the standard deviation 1, and its inverse the mean right, at %i photons",
    (mean) => {
      const random = counterRandom(6, mean);
      const page = {
        width: draws,
        height: 1,
        data: Float64Array.from(
          { length: draws },
          () => 100 + 5 * (random.poisson(mean) + 2 * random.normal()),
        ),
      };
      const { data } = anscombe(page, noise);
      const average = data.reduce((a, b) => a + b) / draws;
      const variance = data.reduce((sum, value) => sum + (value - average) ** 2, 0) / draws;
      expect(Math.abs(Math.sqrt(variance) - 1)).toBeLessThan(mean < 5 ? 0.12 : 0.03);
      const [back] = inverseAnscombe({ width: 1, height: 1, data: [average] }, noise).data;
      // Five standard errors of the mean, and the small error of the closed form where there are hardly any photons.
      const error = (5 * 5 * Math.sqrt(mean + 4)) / Math.sqrt(draws) + (mean < 5 ? 1 : 0);
      expect(Math.abs(back! - (100 + 5 * mean))).toBeLessThan(error);
    },
  );

  // Expectations by a sum over photons and Gauss-Hermite-like sums over the read noise, 8 standard deviations to each side.
  test.each([0, 0.3, 1, 2, 4])(
    "its inverse is the exact unbiased one within 0.05 electrons, with read noise %d",
    (readNoise) => {
      const [gain, black] = [3, 40];
      const model = { gain, offset: gain * gain * readNoise * readNoise - gain * black };
      const steps = 400;
      const normal = Array.from({ length: steps + 1 }, (_, i) => 16 * (i / steps - 0.5));
      const weights = normal.map((z) => Math.exp(-0.5 * z * z));
      const total = weights.reduce((a, b) => a + b);
      for (const mean of [0.05, 0.2, 0.5, 1, 2, 5, 10, 50]) {
        let [expectation, probability] = [0, Math.exp(-mean)];
        for (let count = 0; count < mean + 12 * Math.sqrt(mean) + 30; count++) {
          const greys = normal.map((z) => black + gain * (count + readNoise * z));
          const { data } = anscombe({ width: greys.length, height: 1, data: greys }, model);
          expectation += (probability * data.reduce((sum, value, i) => sum + weights[i]! * value, 0)) / total;
          probability *= mean / (count + 1);
        }
        const [back] = inverseAnscombe({ width: 1, height: 1, data: [expectation] }, model).data;
        expect(Math.abs((back! - black) / gain - mean)).toBeLessThan(0.05);
      }
    },
  );

  test("without gain it is a division; models that are none are refused", () => {
    const page = { width: 2, height: 1, data: [3, -6] };
    const gaussian = { gain: 0, offset: 9 };
    expect([...anscombe(page, gaussian).data]).toEqual([1, -2]);
    expect([...inverseAnscombe(anscombe(page, gaussian), gaussian).data]).toEqual([3, -6]);
    expect(() => anscombe(page, { gain: 0, offset: 0 })).toThrow(/gain > 0, or gain 0 and offset > 0/);
    expect(() => inverseAnscombe(page, { gain: -1, offset: 5 })).toThrow(/got gain -1/);
  });
});

test("stabilized leaves a page without noise as it is", () => {
  const page = flat(20, (i) => i % 20);
  const denoise = (): never => {
    throw new Error("not to be called");
  };
  expect(stabilized(denoise, page)).toEqual(page);
});
