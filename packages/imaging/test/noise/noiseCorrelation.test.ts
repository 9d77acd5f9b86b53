import { describe, expect, test } from "vitest";
import { counterRandom } from "../../src/image/counterRandom.js";
import type { Plane } from "../../src/image/image.js";
import { correlatedNoise } from "../../src/noise/correlatedNoise.js";
import { estimateNoise } from "../../src/noise/estimateNoise.js";
import { estimateSharedNoise } from "../../src/noise/estimateSharedNoise.js";
import { gaussianBlur } from "../../src/noise/gaussianBlur.js";
import type { NoiseCorrelation } from "../../src/noise/noiseCorrelation.js";
import { withoutLines } from "../../src/noise/withoutLines.js";
import { simulateScenes } from "../../src/simulate/simulateScenes.js";
import { autocorrelation } from "../../src/trust/autocorrelation.js";

const side = 192;
const scenes = [121, 122].map((seed) => simulateScenes({ seed, size: side, scenes: 1, frames: 1 })[0]!);
const at = ({ near, reach }: NoiseCorrelation, dx: number, dy: number): number =>
  near[(dy + reach) * (2 * reach + 1) + dx + reach]!;
const variance = (data: Float64Array): number =>
  data.reduce((sum, value) => sum + value * value, 0) / data.length;

/** Noisy pages of the scenes, of whose noise `change` makes another one, with its true variance. */
const pagesWith = (change: (noise: Plane & { readonly data: Float64Array }) => Float64Array) =>
  scenes.map(({ noisy, clean }) => {
    const data = Float64Array.from(noisy[0]!.data, (value, i) => value - clean.data[i]!);
    const noise = change({ width: side, height: side, data });
    return {
      page: { ...clean, data: noise.map((value, i) => value + clean.data[i]!) },
      clean,
      variance: variance(noise),
    };
  });

/** Noise that all pixels of a line share, of the standard deviation of the own noise of pixels. */
const lines = (data: Float64Array, line: (i: number) => number): Float64Array => {
  const deviation = Math.sqrt(variance(data));
  const { normal } = counterRandom(3);
  const values = Float64Array.from({ length: side }, () => deviation * normal());
  return data.map((value, i) => value + values[line(i)]!);
};

describe("estimateSharedNoise", () => {
  test("noise of each pixel by itself is that of estimateNoise", () => {
    for (const { page } of pagesWith(({ data }) => data)) {
      expect(estimateSharedNoise(page)).toEqual(estimateNoise(page));
    }
  });

  test("of a page with a margin that is missing it is that of the rest", () => {
    const holed = (page: Plane): Plane => ({
      ...page,
      data: Float64Array.from(page.data, (grey, i) => (i % side < side / 3 ? Number.NaN : grey)),
    });
    for (const { page } of pagesWith(({ data }) => data)) {
      expect(estimateSharedNoise(holed(page)).correlation).toBeUndefined();
    }
    for (const { page } of pagesWith((noise) => gaussianBlur(noise, 0.6).data)) {
      const [whole, part] = [estimateSharedNoise(page), estimateSharedNoise(holed(page))];
      expect(Math.abs(at(part.correlation!, 1, 0) - at(whole.correlation!, 1, 0))).toBeLessThan(0.08);
      expect(Math.abs(part.gain / whole.gain - 1)).toBeLessThan(0.15);
    }
  });

  test("recovers correlation and variance of smoothed noise, of which estimateNoise sees a fifth", () => {
    for (const { page, clean, variance: truth } of pagesWith((noise) => gaussianBlur(noise, 0.6).data)) {
      const { gain, offset, correlation } = estimateSharedNoise(page);
      expect(correlation).toMatchObject({ rows: 0, columns: 0 });
      // That of white noise through the blur's kernel.
      for (const [dx, dy, expected] of [
        [1, 0, 0.46],
        [0, 1, 0.46],
        [1, 1, 0.21],
        [2, 0, 0.06],
        [3, 3, 0],
      ] as const) {
        expect(Math.abs(at(correlation!, dx, dy) - expected), `${dx}, ${dy}`).toBeLessThan(0.08);
      }
      const found = clean.data.reduce((sum, value) => sum + gain * value + offset, 0) / clean.data.length;
      expect(Math.abs(found / truth - 1)).toBeLessThan(0.15);
    }
  });

  test.each([
    ["rows", (i: number) => Math.floor(i / side)],
    ["columns", (i: number) => i % side],
  ] as const)("tells noise of whole %s, half of the variance", (name, line) => {
    for (const { page } of pagesWith(({ data }) => lines(data, line))) {
      const { correlation } = estimateSharedNoise(page);
      const other = name === "rows" ? "columns" : "rows";
      expect(Math.abs(correlation![name] - 0.5)).toBeLessThan(0.12);
      expect(correlation![other]).toBe(0);
    }
  });

  test("structures all over a page are none", () => {
    const { normal } = counterRandom(9);
    const white = { width: side, height: side, data: Float64Array.from({ length: side * side }, normal) };
    // Of a standard deviation of 30 grey values, in noise of 20.
    const { data } = gaussianBlur(white, 1.5);
    const page = { ...white, data: data.map((value) => 600 + 160 * value + 20 * normal()) };
    expect(estimateSharedNoise(page)).toEqual(estimateNoise(page));
  });

  test("neither are round ones, close together and far above the noise", () => {
    for (const [size, radius, seed] of [
      [128, 2, 0],
      [128, 2, 3],
      [160, 3, 1],
      [192, 3, 2],
    ] as const) {
      const { normal, uniform } = counterRandom(seed);
      const ground = new Float64Array(size * size);
      for (let k = 0; k < (size * size) / 120; k++) {
        ground[Math.floor(uniform() * size * size)]! += 300 + 1000 * uniform();
      }
      const round = gaussianBlur({ width: size, height: size, data: ground }, radius).data;
      const data = round.map((value) => 100 + 2 * Math.PI * radius ** 2 * value + 15 * normal());
      const page = { width: size, height: size, data };
      expect(estimateSharedNoise(page), `${size}, ${radius}, ${seed}`).toEqual(estimateNoise(page));
    }
  });

  test("measured noise keeps its line, small pages and pages without noise stay as they are", () => {
    const { page } = pagesWith((noise) => gaussianBlur(noise, 0.6).data)[0]!;
    const measured = { gain: 2, offset: 300 };
    const { correlation, ...line } = estimateSharedNoise(page, measured);
    expect(line).toEqual(measured);
    expect(correlation).toBeDefined();
    const known = { ...measured, correlation };
    expect(estimateSharedNoise(page, known)).toBe(known);
    const small = { width: 32, height: 32, data: page.data.slice(0, 1024) };
    expect(estimateSharedNoise(small).correlation).toBeUndefined();
    const flat = { ...page, data: page.data.map(() => 7) };
    expect(estimateSharedNoise(flat)).toEqual({ gain: 0, offset: 0 });
  });
});

test("correlatedNoise has the correlation that it is given, and withoutLines takes that of rows and columns", () => {
  const near = Float64Array.from([0, 0.2, 0, 0.2, 0.6, 0.2, 0, 0.2, 0]);
  const given = { rows: 0.3, columns: 0.1, near, reach: 1 };
  const noise = correlatedNoise({ width: 256, height: 256 }, given, counterRandom(5));
  const { values, maxLag } = autocorrelation(noise, 6);
  const found = (dx: number, dy: number): number => values[(dy + maxLag) * (2 * maxLag + 1) + dx + maxLag]!;
  expect(Math.abs(variance(noise.data) - 1)).toBeLessThan(0.1);
  expect(Math.abs(found(6, 0) - 0.3)).toBeLessThan(0.05);
  expect(Math.abs(found(0, 6) - 0.1)).toBeLessThan(0.05);
  expect(Math.abs(found(5, 5))).toBeLessThan(0.05);
  // A spectrum of 0.6 + 0.4 (cos u + cos v) is below 0 in places, which is left out.
  expect(found(1, 0) - found(6, 0)).toBeGreaterThan(0.15);
  const { page, scale, correlation } = withoutLines(noise, given);
  expect(scale).toBeLessThan(0.85);
  expect(variance(page.data)).toBeGreaterThan(0.85);
  expect(variance(page.data)).toBeLessThan(1.1);
  const left = autocorrelation(page, 6).values;
  expect(Math.abs(left[6 * 13 + 12]! - correlation!.rows)).toBeLessThan(0.06);
  expect(withoutLines(noise, undefined).page).toBe(noise);
});
