import { readFileSync } from "node:fs";
import { counterRandom, type Plane } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { empiricalWiener } from "../../src/waveletWiener/empiricalWiener.js";
import {
  haar,
  symlet4,
  waveletCoefficients,
  waveletPage,
} from "../../src/waveletWiener/stationaryWavelet.js";

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly page: readonly number[];
  readonly results: readonly { readonly sigma: number; readonly result: readonly number[] }[];
}

/** Written by `fixture.py`. */
const golden: Golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));
const { width, height } = golden;
const page: Plane = { width, height, data: Float64Array.from(golden.page) };

const furthest = ({ data }: Plane, expected: readonly number[]): number =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);

const noise = (wide: number, high: number) => ({
  width: wide,
  height: high,
  data: Float64Array.from({ length: wide * high }, counterRandom(3).normal),
});

const power = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length;

describe.each([
  ["haar", haar],
  ["symlet4", symlet4],
])("the undecimated transform by %s", (_, wavelet) => {
  test("has an inverse, on pages of any sides", () => {
    for (const [wide, high] of [
      [64, 64],
      [37, 23],
      [3, 50],
    ] as const) {
      const some = noise(wide, high);
      const back = waveletPage(waveletCoefficients(some, wavelet, 4), wavelet, some);
      expect(furthest(back, [...some.data])).toBeLessThan(1e-10);
    }
  });

  test("noise has the same strength in all coefficients", () => {
    for (const { details } of waveletCoefficients(noise(256, 256), wavelet, 3).levels) {
      for (const values of details) expect(Math.abs(power(values) - 1)).toBeLessThan(0.06);
    }
  });
});

describe("empiricalWiener", () => {
  test.each(golden.results)("equals PyWavelets: sigma $sigma", ({ result, sigma }) => {
    expect(furthest(empiricalWiener(page, { sigma }), result)).toBeLessThan(1e-8);
    expect(furthest(page, result)).toBeGreaterThan(0.4);
  });

  test("strength counts in sigma, and shifts of all values carry over", () => {
    const expected = empiricalWiener(page, { strength: 1.3 });
    const scaled = { ...page, data: Float64Array.from(page.data, (value) => 8 * value - 30) };
    const result = empiricalWiener(scaled, { strength: 1.3, sigma: 8 });
    expect(
      furthest(
        result,
        Array.from(expected.data, (value) => 8 * value - 30),
      ),
    ).toBeLessThan(1e-9);
  });

  test("nearly nothing is left of noise alone, and a step far above it stays", () => {
    const flat = empiricalWiener(noise(64, 64));
    expect(power(flat.data)).toBeLessThan(0.03);
    const { data } = noise(64, 64);
    const step = data.map((value, i) => value + (i % 64 > 31 ? 100 : 0));
    const kept = empiricalWiener({ width: 64, height: 64, data: step });
    expect(power(kept.data.map((value, i) => value - (i % 64 > 31 ? 100 : 0)))).toBeLessThan(0.15);
  });

  test("refuses strengths that are none", () => {
    expect(() => empiricalWiener(page, { strength: 0 })).toThrow(
      /expected strength and sigma > 0, got 0 and 1/,
    );
  });
});
