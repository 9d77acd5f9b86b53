import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import { unclippedNormal } from "../../src/noise/clippedNormal.js";
import { normalDensity, normalProbability } from "../../src/noise/normalDistribution.js";
import { winsorizedVariance } from "../../src/noise/winsorizedVariance.js";

test("normalProbability is the integral of normalDensity", () => {
  // scipy.stats.norm.cdf
  expect(normalProbability(-6)).toBeCloseTo(9.865876450376981e-10, 15);
  expect(normalProbability(-1.5)).toBeCloseTo(0.06680720126885807, 15);
  expect(normalProbability(0)).toBe(0.5);
  expect(normalProbability(2.25)).toBeCloseTo(0.9877755273449553, 15);
  expect([normalProbability(-40), normalProbability(40)]).toEqual([0, 1]);
});

describe("unclippedNormal", () => {
  test.each([-0.8, 0, 0.7, 2, 4])(
    "takes back the clipping of N(z, 1), integrated numerically, at z = %d",
    (z) => {
      const [deviation, step] = [7, 1e-4];
      let [mean, square] = [0, 0];
      for (let x = step / 2; x < z + 9; x += step) {
        mean += x * normalDensity(x - z) * step;
        square += x * x * normalDensity(x - z) * step;
      }
      const found = unclippedNormal(deviation * mean, deviation * deviation * (square - mean * mean));
      expect(found.mean).toBeCloseTo(deviation * z, 4);
      expect(found.variance).toBeCloseTo(deviation * deviation, 3);
      expect(found.clipped).toBeCloseTo(normalProbability(-z), 5);
    },
  );

  test("leaves noise far from where it is clipped as it is", () => {
    const { mean, variance, clipped } = unclippedNormal(50, 25);
    expect(mean).toBeCloseTo(30, 6);
    expect(variance).toBeCloseTo(25, 6);
    expect(clipped).toBeLessThan(1e-8);
  });
});

describe("winsorizedVariance", () => {
  const normal = (() => {
    const random = counterRandom(2);
    return Float64Array.from({ length: 40000 }, () => (3 * random.normal()) ** 2).sort();
  })();

  test.each([0.5, 1, 3])("is the variance of normal values, limit %d", (limit) => {
    expect(Math.abs(winsorizedVariance(normal, limit) / 9 - 1)).toBeLessThan(0.04);
  });

  test("solves its equation", () => {
    const variance = winsorizedVariance(normal, 1);
    const mean = normal.reduce((sum, square) => sum + Math.min(square, variance), 0) / normal.length;
    // E min(x^2, 1) of a standard normal variable.
    expect(mean / variance).toBeCloseTo(0.6827 - 2 * 0.24197 + 0.3173, 4);
  });

  test("a tenth of huge values moves it by less the smaller the limit", () => {
    const spoilt = normal.map((square, i) => (i >= 0.9 * normal.length ? 1e6 : square));
    const [little, much] = [winsorizedVariance(spoilt, 0.5), winsorizedVariance(spoilt, 3)];
    expect(little).toBeLessThan(1.35 * 9);
    expect(much).toBeGreaterThan(little);
    expect(spoilt.reduce((a, b) => a + b) / spoilt.length).toBeGreaterThan(1000 * much);
  });

  test("is 0 where nearly all squares are", () => {
    expect(winsorizedVariance(new Float64Array(100), 3)).toBe(0);
    expect(winsorizedVariance(new Float64Array(100).fill(4, 90), 0.5)).toBe(0);
  });
});
