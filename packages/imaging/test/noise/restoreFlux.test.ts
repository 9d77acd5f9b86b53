import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { restoreFlux } from "../../src/noise/restoreFlux.js";
import { stabilized } from "../../src/noise/stabilized.js";

type Float64Page = Plane & { readonly data: Float64Array };

const SIDE = 160;
const noise = { gain: 0, offset: 100 };

const page = (value: (x: number, y: number) => number): Float64Page => ({
  width: SIDE,
  height: SIDE,
  data: Float64Array.from({ length: SIDE * SIDE }, (_, i) => value(i % SIDE, Math.floor(i / SIDE))),
});

const withNoise = ({ data, ...size }: Float64Page, seed: number): Float64Page => {
  const { normal } = counterRandom(seed);
  return { ...size, data: Float64Array.from(data, (value) => value + 10 * normal()) };
};

const meanOf = ({ data }: Float64Page): number => data.reduce((sum, value) => sum + value, 0) / data.length;

const squaredError = (one: Float64Page, other: Float64Page): number =>
  one.data.reduce((sum, value, i) => sum + (value - other.data[i]!) ** 2, 0) / one.data.length;

describe("restoreFlux", () => {
  const spot = page((x, y) => 50 + 8 * Math.exp(-((x - 60) ** 2 + (y - 90) ** 2) / (2 * 40 ** 2)));

  test("brings back the mean exactly, and a faint large spot for the most part", () => {
    const noisy = withNoise(spot, 3);
    const flat = page(() => 47);
    const restored = restoreFlux(flat, noisy, noise);
    expect(meanOf(restored)).toBeCloseTo(meanOf(noisy), 9);
    const mean = meanOf(noisy);
    const shifted = page(() => mean);
    expect(squaredError(restored, spot)).toBeLessThan(0.3 * squaredError(shifted, spot));
  });

  test("adds next to nothing to what is right already", () => {
    for (const seed of [4, 5, 6]) {
      const noisy = withNoise(spot, seed);
      // The mean of the noise (0.06), and what is left of its blur (0.12) after shrinking.
      expect(squaredError(restoreFlux(spot, noisy, noise), spot)).toBeLessThan(3 * (0.06 ** 2 + 0.12 ** 2));
    }
  });
});

test("stabilized keeps the mean of pages with hardly any photons, whatever the denoiser drops", () => {
  const { poisson } = counterRandom(8);
  const noisy = page(() => 100 + 20 * poisson(0.3));
  const darkened = stabilized(
    ({ data, ...size }) => ({ ...size, data: data.map((v) => Math.min(v, 1.5)) }),
    noisy,
  );
  expect(meanOf(darkened)).toBeCloseTo(meanOf(noisy), 9);
});
