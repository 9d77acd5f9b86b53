import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { fitUnits, otherUnits } from "../../src/registration/fitUnits.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";

const [scene] = simulateScenes({
  size: 128,
  scenes: 1,
  frames: 1,
  gain: 1,
  offset: 0,
  readNoise: 0,
  photons: 80,
});
const truth = scene!.clean;

function exposed(photons: number, seed: number, gain = 1, offset = 0): Plane {
  const random = counterRandom(seed);
  const data = Float64Array.from(truth.data, (value) => offset + gain * random.poisson(photons * value));
  return { ...truth, data };
}

describe("fitUnits", () => {
  test("finds scale and offset under Poisson noise on both sides", () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.double({ min: 0.3, max: 20, noNaN: true }),
        fc.double({ min: 0.01, max: 300, noNaN: true }),
        fc.double({ min: -200, max: 200, noNaN: true }),
        (seed, exposure, gain, offset) => {
          const fit = fitUnits(exposed(1, seed), exposed(exposure, seed + 1, gain, offset));
          // noisy = clean / (gain exposure) - offset / (gain exposure)
          expect(fit.scale * gain * exposure).toBeGreaterThan(0.95);
          expect(fit.scale * gain * exposure).toBeLessThan(1.05);
          const dark = fit.scale * offset + fit.offset;
          expect(Math.abs(dark)).toBeLessThan(2);
          expect(Math.abs(fit.scale - 1 / (gain * exposure))).toBeLessThan(8 * fit.error + 0.01 * fit.scale);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("saturated pixels do not bend the line", () => {
    const noisy = exposed(1, 3);
    const clipped = { ...noisy, data: Float64Array.from(noisy.data, (value) => Math.min(70, value)) };
    expect(Math.abs(fitUnits(clipped, truth).scale - 1)).toBeLessThan(0.1);
  });

  test("drift is not taken for other units, factors and dark levels are", () => {
    const units = (gain: number, offset = 0): boolean =>
      otherUnits(fitUnits(exposed(1, 5), exposed(4, 6, gain / 4, offset)));
    for (const gain of [0.84, 1, 1.19, 1.35]) expect(units(gain)).toBe(false);
    for (const gain of [10, 256, 1 / 255, 1 / 65535, 2, 0.4]) expect(units(gain)).toBe(true);
    expect(units(1, 5)).toBe(false);
    expect(units(1, 100)).toBe(true);
  });

  test("a constant page has scale 0, and noise too strong to tell says nothing of units", () => {
    const flat = { ...truth, data: new Float64Array(truth.data.length).fill(7) };
    expect(fitUnits(exposed(1, 1), flat).scale).toBe(0);
    const random = counterRandom(9);
    const loud = { ...truth, data: Float64Array.from(truth.data, (value) => value + 5000 * random.normal()) };
    const fit = fitUnits(loud, truth);
    expect(otherUnits({ ...fit, offset: fit.low - fit.scale * fit.low })).toBe(false);
  });
});
