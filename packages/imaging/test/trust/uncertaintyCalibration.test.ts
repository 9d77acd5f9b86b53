import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";
import {
  calibratedDeviation,
  calibrateUncertainty,
  coverageOf,
  type HeldOutPixels,
  heldOutCoverage,
} from "../../src/trust/uncertaintyCalibration.js";

const SIDE = 128;

/** Scenes denoised by blurs that differ as passes do: the scatter of three, and the mean one's result. */
function heldOut(seed: number, scenes: number, photons = 30): HeldOutPixels[] {
  return simulateScenes({ seed, size: SIDE, scenes, frames: 1, photons }).map(({ noisy, clean }) => {
    const passes = [1.1, 1.2, 1.3].map((sigma) => gaussianBlur(noisy[0]!, sigma).data);
    const predicted = passes[1]!;
    const scatter = predicted.map((_, i) => {
      const values = passes.map((pass) => pass[i]!);
      const mean = values.reduce((a, b) => a + b) / 3;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
    });
    return { predicted, scatter, truth: clean.data };
  });
}

describe("a calibration", () => {
  test.each([10, 30, 300])("covers the errors of scenes that it has not seen, at %i photons", (photons) => {
    const known = heldOut(1, 4, photons);
    const calibration = calibrateUncertainty(known);
    const promised = heldOutCoverage(known, SIDE);
    for (const page of heldOut(2, 3, photons)) {
      const { withinOne, withinTwo, rmsError, rmsSigma } = coverageOf(calibration, page);
      expect(withinOne).toBeGreaterThan(0.62);
      // Errors at structures are much larger than others: where 2 sigma are to cover 95 %, 1 sigma covers more than 68 %.
      expect(withinOne).toBeLessThan(0.9);
      expect(withinTwo).toBeGreaterThan(0.92);
      // The scatter alone is far too small.
      const raw = coverageOf({ values: [0], floors: [0], scale: 1 }, page);
      expect(raw.withinTwo).toBeLessThan(0.5);
      expect(rmsSigma / rmsError).toBeGreaterThan(0.8);
      expect(rmsSigma / rmsError).toBeLessThan(1.7);
      expect(Math.abs(withinOne - promised.withinOne)).toBeLessThan(0.06);
      expect(Math.abs(withinTwo - promised.withinTwo)).toBeLessThan(0.04);
    }
  });

  test("covers what it was made with, as normal errors are covered", () => {
    const pages = heldOut(1, 2);
    const calibration = calibrateUncertainty(pages);
    const all = pages.map((page) => coverageOf(calibration, page));
    const mean = (value: (coverage: (typeof all)[number]) => number): number =>
      all.reduce((sum, one) => sum + value(one), 0) / all.length;
    expect(mean(({ withinOne }) => withinOne)).toBeGreaterThanOrEqual(0.6826);
    expect(mean(({ withinTwo }) => withinTwo)).toBeGreaterThanOrEqual(0.9544);
  });

  test("finds the floors and the scale of errors that are made so", () => {
    const random = counterRandom(12);
    const pixels = 60_000;
    const predicted = Float64Array.from({ length: pixels }, () => random.uniform());
    const scatter = Float64Array.from({ length: pixels }, () => 0.06 * random.uniform());
    const sigma = predicted.map((value, i) => Math.sqrt(0.0025 + 0.01 * value + (3 * scatter[i]!) ** 2));
    const truth = predicted.map((value, i) => value + sigma[i]! * random.normal());
    const calibration = calibrateUncertainty([{ predicted, scatter, truth }]);
    expect(calibration.scale).toBeGreaterThan(2.7);
    expect(calibration.scale).toBeLessThan(3.3);
    for (const [i, value] of calibration.values.entries()) {
      expect(calibration.floors[i]! / Math.sqrt(0.0025 + 0.01 * value)).toBeGreaterThan(0.8);
      expect(calibration.floors[i]! / Math.sqrt(0.0025 + 0.01 * value)).toBeLessThan(1.25);
    }
    const { withinOne, withinTwo, pixels: counted } = heldOutCoverage([{ predicted, scatter, truth }], 200);
    expect(withinOne).toBeCloseTo(0.683, 1.5);
    expect(withinTwo).toBeCloseTo(0.954, 1.5);
    expect(counted).toBe(pixels);
  });

  test("interpolates the squares of its floors, and keeps them beyond its values", () => {
    const calibration = { values: [1, 3], floors: [2, 4], scale: 10 };
    expect([...calibratedDeviation(calibration, [0, 1, 2, 3, 9], [0, 0, 0, 0, 0])]).toEqual(
      [2, 2, Math.sqrt(10), 4, 4].map(Math.fround),
    );
    expect(calibratedDeviation(calibration, [1], [0.3])[0]).toBeCloseTo(Math.sqrt(4 + 9), 6);
    expect(() => calibrateUncertainty([])).toThrow(/expected pixels/);
  });

  test("can be made of a page without errors", () => {
    const predicted = new Float64Array(64).fill(5);
    const same = { predicted, scatter: new Float64Array(64), truth: predicted };
    expect(calibratedDeviation(calibrateUncertainty([same]), predicted, same.scatter)[0]).toBe(0);
    // One pixel wide or high it has halves in place of quarters.
    for (const width of [8, 1, 64]) {
      expect(heldOutCoverage([same], width)).toMatchObject({ withinOne: 1, withinTwo: 1, rmsError: 0 });
    }
  });
});
