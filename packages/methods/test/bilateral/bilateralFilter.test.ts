import { readFileSync } from "node:fs";
import { counterRandom, type Plane } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { bilateralFilter } from "../../src/bilateral/bilateralFilter.js";

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly page: readonly number[];
  readonly bilateral: readonly {
    readonly strength: number;
    readonly spatial: number;
    readonly result: readonly number[];
  }[];
}

/** Written by `fixture.py`. */
const golden: Golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));
const { width, height } = golden;
const page: Plane = { width, height, data: Float64Array.from(golden.page) };

const furthest = ({ data }: Plane, expected: readonly number[]): number =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);

const random = (seed: number, side: number, scale: number): Plane => {
  const { normal } = counterRandom(seed);
  return {
    width: side,
    height: side,
    data: Float64Array.from({ length: side * side }, () => 50 + scale * normal()),
  };
};

describe("bilateralFilter", () => {
  test.each(golden.bilateral)(
    "equals scikit-image: strength $strength, sigma $spatial",
    ({ result, ...options }) => {
      expect(furthest(bilateralFilter(page, options), result)).toBeLessThan(1e-3);
      expect(furthest(page, result)).toBeGreaterThan(0.4);
    },
  );

  test("strength counts in sigma, shifts of all values carry over, and a constant stays", () => {
    const { data } = bilateralFilter(page, { strength: 2 });
    const scaled = { ...page, data: Float64Array.from(page.data, (value) => 8 * value - 30) };
    const expected = Array.from(data, (value) => 8 * value - 30);
    expect(furthest(bilateralFilter(scaled, { strength: 2, sigma: 8 }), expected)).toBeLessThan(1e-9);
    const flat = { ...page, data: new Float64Array(width * height).fill(3) };
    expect(furthest(bilateralFilter(flat, { strength: 1 }), [...flat.data])).toBeLessThan(1e-12);
  });

  test("a step far above the noise stays where it is, noise beside it does not", () => {
    const noisy = random(3, 32, 1);
    const step = {
      ...noisy,
      data: Float64Array.from(noisy.data, (value, i) => value + (i % 32 > 15 ? 100 : 0)),
    };
    const { data } = bilateralFilter(step, { strength: 3, spatial: 2 });
    const errors = Array.from(data, (value, i) => value - 50 - (i % 32 > 15 ? 100 : 0));
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(2);
    expect(errors.reduce((sum, error) => sum + error * error, 0) / errors.length).toBeLessThan(0.15);
  });

  test("refuses strengths that are none", () => {
    expect(() => bilateralFilter(page, { strength: 0 })).toThrow(
      /expected strength, spatial and sigma > 0, got 0, 1 and 1/,
    );
  });
});
