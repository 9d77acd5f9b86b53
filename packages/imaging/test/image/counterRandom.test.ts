import { describe, expect, test } from "vitest";
import { counterRandom, threefry2x32 } from "../../src/image/counterRandom.js";

test("threefry2x32 with 20 rounds gives the known answers of the Random123 distribution", () => {
  const out = new Uint32Array(2);
  threefry2x32(0, 0, 0, 0, out);
  expect([...out]).toEqual([0x6b200159, 0x99ba4efe]);
  threefry2x32(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, out);
  expect([...out]).toEqual([0x1cb996fc, 0xbb002be7]);
  threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, out);
  expect([...out]).toEqual([0xc4923a9c, 0x483df7a0]);
});

describe("a stream", () => {
  test("depends on its seed and on every step of its path, and on nothing else", () => {
    const draws = (...name: [number, ...number[]]) => {
      const random = counterRandom(...name);
      return Array.from({ length: 5 }, random.bits).join();
    };
    expect(draws(1, 2, 3)).toBe(draws(1, 2, 3));
    const names: [number, ...number[]][] = [
      [1],
      [2],
      [1, 0],
      [1, 2, 3],
      [1, 3, 2],
      [1, 2],
      [2 ** 40, 2],
      [2 ** 41, 2],
    ];
    expect(new Set(names.map((name) => draws(...name))).size).toBe(names.length);
    expect(() => counterRandom(-1)).toThrow(/integers >= 0/);
    expect(() => counterRandom(1, 0.5)).toThrow(/integers >= 0/);
  });

  const n = 40_000;
  const moments = (draw: () => number) => {
    const values = Array.from({ length: n }, draw);
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    const skew = values.reduce((a, b) => a + (b - mean) ** 3, 0) / n / variance ** 1.5;
    return { mean, variance, skew };
  };

  test("uniform, integer and normal draws have the right moments", () => {
    const uniform = moments(counterRandom(3).uniform);
    expect(uniform.mean).toBeCloseTo(0.5, 2);
    expect(uniform.variance).toBeCloseTo(1 / 12, 2);
    const normal = moments(counterRandom(4).normal);
    expect(Math.abs(normal.mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(normal.variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    const random = counterRandom(5);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) counts[random.integer(4)]!++;
    for (const count of counts) expect(Math.abs(count - n / 4)).toBeLessThan(4 * Math.sqrt((n * 3) / 16));
  });

  test.each([0.3, 4, 9.9, 10, 35, 900])(
    "Poisson draws of mean %f have its mean, variance and skewness",
    (mean) => {
      const random = counterRandom(6, Math.round(mean * 10));
      const sample = moments(() => random.poisson(mean));
      expect(Math.abs(sample.mean - mean)).toBeLessThan(4 * Math.sqrt(mean / n));
      expect(Math.abs(sample.variance / mean - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / mean) / n));
      expect(Math.abs(sample.skew - 1 / Math.sqrt(mean))).toBeLessThan(0.1);
    },
  );

  test("Poisson probabilities match the distribution on both sides of the change of method", () => {
    for (const mean of [6, 14]) {
      const random = counterRandom(7, mean);
      const counts = new Float64Array(60);
      for (let i = 0; i < n; i++) counts[random.poisson(mean)]!++;
      let p = Math.exp(-mean);
      let chi2 = 0;
      let cells = 0;
      for (let k = 0; k < 60; p *= mean / ++k) {
        if (n * p < 10) continue;
        chi2 += (counts[k]! - n * p) ** 2 / (n * p);
        cells++;
      }
      expect(chi2).toBeLessThan(cells + 5 * Math.sqrt(2 * cells));
    }
  });
});
