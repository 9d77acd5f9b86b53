import { counterRandom } from "@clidim/imaging";
import { expect, test } from "vitest";
import { denoiseTotalVariation } from "../src/totalVariation/denoiseTotalVariation.js";

interface Page {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** |u - page|^2 / 2 + strength TV(u), isotropic with forward differences. */
function energy(u: Page, page: Page, strength: number): number {
  const { width, height, data } = u;
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x]!;
      const dx = x + 1 < width ? data[y * width + x + 1]! - value : 0;
      const dy = y + 1 < height ? data[(y + 1) * width + x]! - value : 0;
      sum += (value - page.data[y * width + x]!) ** 2 / 2 + strength * Math.hypot(dx, dy);
    }
  }
  return sum;
}

test("a step between two halves comes closer by strength over the half's width, as is known in closed form", () => {
  const [width, height, strength] = [20, 6, 2];
  const data = Float64Array.from({ length: width * height }, (_, i) => (i % width < 10 ? 0 : 50));
  const out = denoiseTotalVariation({ width, height, data }, { strength, tolerance: 1e-7, iterations: 5000 });
  out.data.forEach((value, i) => {
    expect(value).toBeCloseTo(i % width < 10 ? strength / 10 : 50 - strength / 10, 3);
  });
});

test("is the minimum: every small change raises the energy; the mean stays", () => {
  const random = counterRandom(12);
  const page: Page = {
    width: 12,
    height: 9,
    data: Float64Array.from({ length: 108 }, (_, i) => (i % 12 > 5 ? 8 : 0) + random.normal()),
  };
  const strength = 0.8;
  const out = denoiseTotalVariation(page, { strength, tolerance: 1e-9, iterations: 20000 });
  const least = energy(out, page, strength);
  expect(least).toBeLessThan(energy(page, page, strength));
  for (let change = 0; change < 200; change++) {
    const other = { ...out, data: out.data.map((value) => value + 0.05 * random.normal()) };
    expect(energy(other, page, strength)).toBeGreaterThan(least);
  }
  const sum = (data: Float64Array): number => data.reduce((a, b) => a + b);
  expect(sum(out.data)).toBeCloseTo(sum(page.data), 6);
  expect(() => denoiseTotalVariation(page, { strength: 0 })).toThrow(/strength > 0/);
});

test("ends no further from the minimum than it says, with less work where little is asked", () => {
  const random = counterRandom(13);
  const [width, height] = [24, 20];
  const data = Float64Array.from(
    { length: width * height },
    (_, i) => (i % width > 11 ? 6 : 0) + 4 * Math.sin(i / 50) + random.normal(),
  );
  for (const strength of [0.2, 0.7, 2]) {
    const minimum = denoiseTotalVariation(
      { width, height, data },
      { strength, tolerance: 1e-8, iterations: 50_000 },
    );
    const distances = [0.3, 0.03, 0.003].map((tolerance) => {
      const out = denoiseTotalVariation({ width, height, data }, { strength, tolerance, iterations: 5000 });
      const square = out.data.reduce((sum, value, i) => sum + (value - minimum.data[i]!) ** 2, 0);
      const distance = Math.sqrt(square / (width * height));
      expect(distance).toBeLessThan(tolerance);
      return distance;
    });
    expect(distances[0]).toBeGreaterThan(distances[2]!);
  }
});
