import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { InputError } from "../../src/image/inputError.js";
import {
  affineOf,
  checkIntensities,
  denormalize,
  fitNormalization,
  normalize,
} from "../../src/image/normalization.js";
import { percentile, percentiles } from "../../src/image/percentile.js";

const page = (data: ArrayLike<number>) => ({ data });

describe("percentiles", () => {
  test("equal numpy's linear interpolation on float32 and integer pages together", () => {
    const x = Float32Array.from({ length: 1024 }, (_, k) => {
      const i = Math.floor(k / 32);
      const j = k % 32;
      return ((37 * i + 17 * j + 5 * i * j) % 101) / 100;
    });
    const shifted = x.slice(0, 7 * 32).map((value) => 100 * value - 50);
    // numpy.percentile of the concatenation as float32.
    const expected = [-50, -50, 0.3462499976158142, 0.49000000953674316, 50, 50];
    percentiles([page(x), page(shifted)], [0, 0.1, 37.5, 50, 99.9, 100]).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
  });

  test("equal a sort, with ties, negatives and between neighbours", () => {
    const random = counterRandom(1);
    const data = Int16Array.from({ length: 997 }, () => random.integer(40) * 1000 - 20000);
    const sorted = [...data].sort((a, b) => a - b);
    for (const q of [0, 0.1, 12.34, 50, 99.9, 100]) {
      const at = (q / 100) * (data.length - 1);
      const k = Math.floor(at);
      const expected = sorted[k]! + (sorted[Math.min(k + 1, data.length - 1)]! - sorted[k]!) * (at - k);
      expect(percentile([page(data)], q)).toBeCloseTo(expected, 9);
    }
    expect(percentile([page([1, 2])], 25)).toBe(1.25);
    expect(() => percentile([page([])], 50)).toThrow(/at least one pixel/);
    expect(() => percentile([page([1])], 101)).toThrow(/\[0, 100\]/);
  });
});

describe("normalization", () => {
  const ramp = Uint16Array.from({ length: 1001 }, (_, i) => 500 + i);

  test("maps percentiles 0.1 and 99.9 to -0.8 and 0.8 without clipping, and back", () => {
    const fit = fitNormalization([page(ramp)]);
    expect(fit).toEqual({
      mode: "percentile",
      low: 501,
      high: 1499,
      lowPercent: 0.1,
      highPercent: 99.9,
      bound: 0.8,
    });
    const [low, high, beyond] = normalize([501, 1499, 3000], fit);
    expect(low).toBeCloseTo(-0.8, 6);
    expect(high).toBeCloseTo(0.8, 6);
    expect(beyond).toBeGreaterThan(3);
    const back = denormalize(normalize(ramp, fit), fit);
    expect(Math.max(...back.map((value, i) => Math.abs(value - ramp[i]!)))).toBeLessThan(1e-3);
  });

  test("min/max maps the extremes to -1 and 1", () => {
    const { scale, offset } = affineOf(fitNormalization([page(ramp)], { mode: "minmax" }));
    expect(500 * scale + offset).toBeCloseTo(-1, 12);
    expect(1500 * scale + offset).toBeCloseTo(1, 12);
  });

  test("standard gives the training pages mean 0 and standard deviation 1, and keeps what was seen", () => {
    const skewed = page(ramp.map((value) => value ** 2 / 100));
    const fit = fitNormalization([page(ramp), skewed], { mode: "standard" });
    const values = [...normalize(ramp, fit), ...normalize(skewed.data, fit)];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(variance).toBeCloseTo(1, 5);
    expect(denormalize(normalize(ramp, fit), fit)[17]).toBeCloseTo(517, 2);
    const { low, high } = fitNormalization([page(ramp), skewed]);
    expect(fit).toMatchObject({ mode: "standard", low, high, lowPercent: 0.1, highPercent: 99.9 });
    const ends = normalize([low, high], fit);
    expect(ends[0]).toBeCloseTo(fit.centre! - fit.bound, 5);
    expect(ends[1]).toBeCloseTo(fit.centre! + fit.bound, 5);
    expect(checkIntensities([page(ramp), skewed], fit, "x").outside).toBe(false);
  });

  test("constant pages are refused", () => {
    expect(() => fitNormalization([page([7, 7, 7])])).toThrow(InputError);
    expect(() => fitNormalization([page([7, 7, 7])])).toThrow(/both 7/);
  });

  test("an image outside the training range is reported with the figures", () => {
    const model = fitNormalization([page(ramp)]);
    const of = (scale: number, offset: number) => page(ramp.map((value) => value * scale + offset));
    expect(checkIntensities([of(1, 100)], model, "a.tif").outside).toBe(false);
    expect(checkIntensities([of(2, 0)], model, "a.tif")).toMatchObject({
      outside: true,
      message:
        "a.tif is brighter than what the model saw in training: percentiles 0.1 to 99.9 are 1002 to 2998, in training 501 to 1499",
    });
    expect(checkIntensities([of(1, -400)], model, "a.tif").message).toMatch(/darker than/);
    expect(checkIntensities([of(0.1, 700)], model, "a.tif").message).toMatch(/weaker in contrast/);
    for (const near of [of(2, 0), of(1, -400), of(0.1, 700), of(4, 0), of(1, 900)]) {
      expect(checkIntensities([near], model, "a.tif").meaningless).toBe(false);
    }
    for (const far of [
      of(16, 0),
      of(8, 0),
      of(1, 5000),
      of(1, -5000),
      of(1 / 80, 700),
      page(Float32Array.from(ramp, (value) => value / 65535)),
    ]) {
      expect(checkIntensities([far], model, "a.tif").meaningless).toBe(true);
    }
  });

  test("16-bit images of a small part of the training range are refused or warned of, with all digits of their range", () => {
    const model = { ...fitNormalization([page(ramp)]), low: -32768, high: 32767 };
    /** Percentiles 0.1 and 99.9 are `low` and `low + range`. */
    const from = (low: number, range: number) => {
      const data = Int16Array.from({ length: 1001 }, (_, i) => low + Math.round(((i - 1) * range) / 998));
      return checkIntensities([page(data)], model, "a.tif");
    };
    expect(from(-32760, 110)).toMatchObject({ outside: true, meaningless: true });
    expect(from(-32760, 110).message).toMatch(/ are -32760 to -32650, in training -32768 to 32767$/);
    expect(from(0, 1020).meaningless).toBe(true);
    expect(from(0, 1030)).toMatchObject({ outside: true, meaningless: false });
    expect(from(0, 1030).message).toMatch(
      /this is 1\.572 %, so that the result may be worse than the image itself$/,
    );
    expect(from(0, 5500).message).not.toMatch(/worse/);
    expect(from(0, 5500)).toMatchObject({ outside: true, meaningless: false });
  });

  test("a quarter of the training range is where an image begins to be outside", () => {
    const model = fitNormalization([page(ramp)]);
    const quarter = (1499 - 501) / 4;
    /** Percentiles 0.1 and 99.9 are `low` and `high`. */
    const between = (low: number, high: number) =>
      page(Float64Array.from({ length: 1001 }, (_, i) => low + ((i - 1) * (high - low)) / 998));
    const messageFor = (low: number, high: number) =>
      checkIntensities([between(low, high)], model, "a.tif").message;
    expect(messageFor(600, 1499 + quarter - 1)).toBe("");
    expect(messageFor(600, 1499 + quarter + 1)).toMatch(/brighter than/);
    expect(messageFor(501 - quarter + 1, 1400)).toBe("");
    expect(messageFor(501 - quarter - 1, 1400)).toMatch(/darker than/);
    expect(messageFor(900, 900 + quarter + 1)).toBe("");
    expect(messageFor(900, 900 + quarter - 1)).toMatch(/weaker in contrast/);
  });
});
