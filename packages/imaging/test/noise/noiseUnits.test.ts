import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import {
  expectedInNoiseUnits,
  fromNoiseUnits,
  noiseUnitsOf,
  toNoiseUnits,
} from "../../src/noise/noiseUnits.js";

const random = counterRandom(9);
const expected = Float64Array.from({ length: 4096 }, (_, i) => 200 + 10 * (i % 300));
const noise = { gain: 10, offset: 10 * 10 * 4 - 10 * 200 };
const data = expected.map((value) => 10 * random.poisson((value - 200) / 10) + 200 + 20 * random.normal());
const page = { width: 64, height: 64, data };
const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));

describe("units of the noise", () => {
  test("have noise of standard deviation 1, and the mean 0", () => {
    const units = noiseUnitsOf(page, noise)!;
    const values = toNoiseUnits(data, units);
    const residual = expectedInNoiseUnits(expected, units).map((value, i) => values[i]! - value);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(1e-4);
    const variance = residual.reduce((sum, value) => sum + value * value, 0) / residual.length;
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  test("are the same whatever the camera adds and multiplies", () => {
    const brighter = { ...page, data: data.map((value) => 3 * value + 500) };
    // Of 3 x + 500, the variance is 3 gain y + 9 offset - 1500 gain.
    const scaled = { gain: 3 * noise.gain, offset: 9 * noise.offset - 1500 * noise.gain };
    const [before, after] = [
      toNoiseUnits(data, noiseUnitsOf(page, noise)!),
      toNoiseUnits(brighter.data, noiseUnitsOf(brighter, scaled)!),
    ];
    expect(largest(after.map((value, i) => value - before[i]!))).toBeLessThan(1e-4);
  });

  test.each([noise, { gain: 0, offset: 25 }])("lead back to the expectation, with gain $gain", (model) => {
    const units = noiseUnitsOf(page, model)!;
    // Ten photons and more: below, the series of the inverse ends.
    const bright = expected.filter((value) => value >= 300);
    const back = fromNoiseUnits(expectedInNoiseUnits(bright, units), units);
    expect(largest(back.map((value, i) => value - bright[i]!))).toBeLessThan(0.01);
  });

  test("are none of a page without noise", () => {
    const flat = { width: 32, height: 32, data: new Float64Array(1024).fill(7) };
    expect(noiseUnitsOf(flat)).toBeUndefined();
  });
});
