import { atOnce } from "@clidim/denoise";
import { counterRandom, type Float64Plane } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { matchBlocks } from "../../src/bm3d/blockMatching.js";
import { blockMatching3d, blockMatching3dSteps } from "../../src/bm3d/blockMatching3d.js";
import { profileFor } from "../../src/bm3d/profiles.js";
import { twoStages } from "../../src/bm3d/twoStages.js";
import reference from "./reference.json" with { type: "json" };

const noise = (width: number, height: number, seed = 3): Float64Plane => {
  const random = counterRandom(seed);
  return { width, height, data: Float64Array.from({ length: width * height }, () => random.normal()) };
};

describe.each(reference.cases)("profile $profile", ({ sigma, noisy, denoised, psnr }) => {
  const { width, height, clean } = reference;
  const page = { width, height, data: Float64Array.from(noisy) };

  test("gives pixel by pixel what an implementation block by block gives", () => {
    const { data } = atOnce(twoStages(page, { profile: profileFor(sigma), unit: 1, sigma }));
    // The fixture has three decimals.
    data.forEach((value, i) => {
      expect(Math.abs(value - denoised[i]!)).toBeLessThan(6e-4);
    });
    const error = data.reduce((sum, value, i) => sum + (value - clean[i]!) ** 2, 0) / data.length;
    expect(10 * Math.log10(255 ** 2 / error)).toBeCloseTo(psnr, 3);
  });

  test("units do not matter", () => {
    const scaled = { width, height, data: page.data.map((value) => value / sigma) };
    const { data } = atOnce(twoStages(scaled, { profile: profileFor(sigma), unit: 1 / sigma, sigma: 1 }));
    data.forEach((value, i) => {
      expect(Math.abs(sigma * value - denoised[i]!)).toBeLessThan(6e-4);
    });
  });
});

describe("matchBlocks", () => {
  const grouping = { side: 5, step: 4, most: 8, reach: 6, difference: 0 };

  test.each([
    [23, 17, 1e9],
    [30, 16, 1.6],
    [5, 9, 1e9],
    [5, 5, 1e9],
    [9, 140, 1e9],
  ])("finds the nearest blocks of a page of %i x %i under the limit %f", (width, height, limit) => {
    const page = noise(width, height);
    const { side, step, most, reach } = grouping;
    const found = atOnce(matchBlocks(page, grouping, limit));
    const columns = width - side + 1;
    const rows = height - side + 1;
    const grid = (count: number): number[] =>
      Array.from({ length: count }, (_, i) => i).filter((i) => i % step === 0 || i === count - 1);
    expect(found.columns).toBe(columns);
    expect(found.xs).toEqual(grid(columns));
    expect(found.ys).toEqual(grid(rows));
    const pixel = (x: number, y: number): number => page.data[y * width + x]!;
    for (const [j, y] of found.ys.entries()) {
      for (const [i, x] of found.xs.entries()) {
        const others: { place: number; far: number }[] = [];
        for (let v = Math.max(0, y - reach); v <= Math.min(rows - 1, y + reach); v++) {
          for (let u = Math.max(0, x - reach); u <= Math.min(columns - 1, x + reach); u++) {
            if (u === x && v === y) continue;
            let far = 0;
            for (let b = 0; b < side; b++) {
              for (let a = 0; a < side; a++)
                far += (pixel(x + a, y + b) - pixel(u + a, v + b)) ** 2 / side ** 2;
            }
            if (far < limit) others.push({ place: v * columns + u, far });
          }
        }
        const sorted = others.toSorted((one, other) => one.far - other.far).map(({ place }) => place);
        const all = [y * columns + x, ...sorted].slice(0, most);
        const expected = all.slice(0, 2 ** Math.floor(Math.log2(all.length)));
        const at = j * found.xs.length + i;
        expect(found.counts[at]).toBe(expected.length);
        expect([...found.places.subarray(at * most, at * most + expected.length)]).toEqual(expected);
      }
    }
  });
});

describe("blockMatching3d", () => {
  test.each([
    [11, 11],
    [12, 40],
    [37, 13],
  ])("leaves a constant page of %i x %i as it is", (width, height) => {
    const data = new Float64Array(width * height).fill(1234.5);
    for (const value of blockMatching3d({ width, height, data }).data) expect(value).toBeCloseTo(1234.5, 9);
  });

  test.each([
    [11, 11],
    [16, 16],
    [11, 26],
    [53, 18],
  ])("takes nearly all noise from a page of %i x %i, and adds up to the same", (width, height) => {
    const page = noise(width, height);
    const before = page.data.slice();
    const { data, ...size } = blockMatching3d({ ...page, data: page.data.map((value) => 50 + value) });
    expect(size).toEqual({ width, height });
    expect(page.data).toEqual(before);
    const mean = data.reduce((a, b) => a + b) / data.length;
    const power = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    expect(power).toBeLessThan(0.25);
    expect(Math.abs(mean - 50)).toBeLessThan(4 / Math.sqrt(width * height));
  });

  test("a shift and a factor of all values come out again, and more strength takes more", () => {
    const page = noise(40, 30);
    const bright = { ...page, data: page.data.map((value, i) => value + (i % 40 < 20 ? 100 : 130)) };
    const { data } = blockMatching3d(bright);
    const scaled = blockMatching3d(
      { ...page, data: bright.data.map((value) => 7 + 3 * value) },
      { sigma: 3 },
    );
    scaled.data.forEach((value, i) => {
      expect(value).toBeCloseTo(7 + 3 * data[i]!, 8);
    });
    const left = (strength: number): number =>
      blockMatching3d(bright, { strength }).data.reduce(
        (sum, value, i) => sum + (value - bright.data[i]!) ** 2,
        0,
      );
    expect(left(1)).toBeGreaterThan(2 * left(0.3));
  });

  test("says in order what part is done, of larger pages", () => {
    const page = noise(190, 180);
    const steps = blockMatching3dSteps(page);
    const parts: number[] = [];
    let step = steps.next();
    for (; !step.done; step = steps.next()) parts.push(step.value);
    expect(parts.length).toBeGreaterThanOrEqual(2);
    expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    expect(parts.every((part) => part > 0 && part <= 1)).toBe(true);
    expect(step.value.data).toHaveLength(page.data.length);
    expect(blockMatching3dSteps(noise(60, 60)).next().done).toBe(true);
  });

  test("refuses what it cannot do", () => {
    expect(() => blockMatching3d(noise(10, 40))).toThrow("expected at least 11 x 11 pixels, got 10 x 40");
    expect(() => blockMatching3d(noise(20, 20), { strength: 0 })).toThrow("strength and sigma > 0, got 0");
    expect(() => blockMatching3d(noise(20, 20), { sigma: -1 })).toThrow("got 1 and -1");
  });
});
