import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { fitUnits } from "../../src/registration/fitUnits.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";

const [scene] = simulateScenes({
  size: 160,
  scenes: 1,
  frames: 1,
  gain: 1,
  offset: 0,
  readNoise: 0,
  photons: 80,
});
const truth = scene!.clean;
const [least, most] = [Math.min(...truth.data), Math.max(...truth.data)];
const mapped = (map: (part: number) => number, page: Plane = truth): Plane => {
  return { ...page, data: Float64Array.from(page.data, (value) => map((value - least) / (most - least))) };
};
const noisy = (photons: number, seed: number): Plane => {
  const random = counterRandom(seed);
  return {
    ...truth,
    data: Float64Array.from(truth.data, (value) => random.poisson((photons / most) * value)),
  };
};
const bendOf = (clean: Plane, photons: number): number[] =>
  [1, 2, 3].map((seed) => fitUnits(noisy(photons, seed), clean).tone?.bend ?? Number.NaN);

describe("the bend of the relation between grey values", () => {
  test("of a page that increases evenly is that of the functions themselves", () => {
    const ramp: Plane = {
      width: 256,
      height: 256,
      data: Float64Array.from({ length: 65536 }, (_, i) => (i % 256) / 255),
    };
    const bent = (map: (value: number) => number): number =>
      fitUnits(ramp, { ...ramp, data: Float64Array.from(ramp.data, map) }).tone!.bend;
    expect(bent((value) => 3 * value + 7)).toBeCloseTo(0, 6);
    // x^2 on [0, 1]: its quadratic part is 1 / sqrt(180), its deviation sqrt(4 / 45).
    expect(bent(Math.sqrt)).toBeCloseTo(0.25, 1);
    expect(bent((value) => value ** 2)).toBeLessThan(-0.15);
  });

  test.each([3, 100])("is nothing for any exposure and offset, at %i photons", (photons) => {
    for (const bend of bendOf(
      mapped((part) => 1000 * part + 100),
      photons,
    ))
      expect(Math.abs(bend)).toBeLessThan(0.06);
  });

  test.each([3, 100])("is above a tenth for gamma, logarithm and equalisation, at %i photons", (photons) => {
    const maps = [Math.sqrt, (part: number) => Math.log1p(100 * part), (part: number) => part ** 0.45];
    for (const map of maps)
      for (const bend of bendOf(mapped(map), photons)) expect(bend).toBeGreaterThan(0.1);
  });

  test("is told of with its error, which noise makes larger", () => {
    const [weak, strong] = [2, 200].map((photons) => fitUnits(noisy(photons, 5), truth).tone!);
    expect(weak!.error).toBeGreaterThan(strong!.error);
  });
});
