import { counterRandom, gaussianBlur, type Plane } from "@clidim/imaging";
import { bm3d, gaussian, nlm } from "@clidim/methods";
import { expect, test } from "vitest";
import { meanOfFrames } from "../../src/data/noisyPlane.js";
import {
  type AppliedBlend,
  blendedPage,
  classicalBands,
  classicalPage,
  sharedClassical,
} from "../../src/inference/blend.js";
import { rowsOfPlane } from "../../src/inference/pageRows.js";

const random = counterRandom(3);
const noisy = (width: number, height: number): Plane => ({
  ...{ width, height },
  data: Float32Array.from(
    { length: width * height },
    (_, i) => 200 + 40 * Math.sin(i / 90) + random.normal(),
  ),
});
const blur = { method: gaussian, parameters: { sigma: 1.5 } };

test("a page that is larger than a tile is what it is at once, from the top to the bottom", async () => {
  const page = noisy(18, 5000);
  const whole = gaussianBlur(page, 1.5).data;
  const parts: number[] = [];
  const heights: number[] = [];
  const denoised: number[] = [];
  for await (const { top, height, images } of classicalBands(rowsOfPlane(page), blur, (part) =>
    parts.push(part),
  )) {
    expect(top).toBe(heights.reduce((sum, own) => sum + own, 0));
    heights.push(height);
    denoised.push(...images[0]!);
  }
  expect(heights.length).toBeGreaterThan(1);
  expect(denoised).toHaveLength(whole.length);
  expect(parts).toEqual(parts.toSorted((a, b) => a - b));
  expect(parts.at(-1)).toBe(1);
  // At the border of a tile, where it sees less than the page, its weight is next to nothing.
  const worst = denoised.reduce((most, value, i) => Math.max(most, Math.abs(value - whole[i]!)), 0);
  expect(worst).toBeLessThan(1e-3);
});

test("of several captures it is that of their mean", async () => {
  const captures = [noisy(20, 30), noisy(20, 30), noisy(20, 30)];
  const mean = meanOfFrames(captures);
  const expected = gaussianBlur(mean, 1.5).data;
  const { data } = await classicalPage(mean, blur);
  for (let i = 0; i < expected.length; i++) expect(data[i]).toBeCloseTo(expected[i]!, 3);
});

test("a method of several models is applied once for each of its parameters", () => {
  const of = (strength: number, weight: number): AppliedBlend => ({
    ...{ method: bm3d, parameters: { strength }, weight },
  });
  const other = { ...of(1, 0.1), method: nlm };
  const shared = sharedClassical([of(1, 0.1), undefined, of(1, 0.3), of(2, 0.1), other]);
  expect(shared.map(({ method, parameters }) => [method.name, parameters])).toEqual([
    ["bm3d", { strength: 1 }],
    ["bm3d", { strength: 2 }],
    ["nlm", { strength: 1 }],
  ]);
});

test("known noise is what the method goes by, and a page below its size is left as it is", async () => {
  const page = noisy(24, 24);
  const blend = { method: bm3d, parameters: { strength: 1 }, weight: 0.25 };
  const flat = { ...page, data: new Float32Array(24 * 24) };
  const noise = { gain: 0, offset: 400 };
  const { data } = await blendedPage(flat, page, { ...blend, noise });
  const expected = bm3d.apply(page, { strength: 1 }, noise).data;
  const estimated = bm3d.apply(page, { strength: 1 }).data;
  let differing = 0;
  for (let i = 0; i < data.length; i++) {
    expect(data[i]).toBeCloseTo(0.25 * expected[i]!, 3);
    differing += Math.abs(expected[i]! - estimated[i]!) / data.length;
  }
  expect(differing).toBeGreaterThan(0.1);
  const small = noisy(24, 12);
  expect(await blendedPage(small, small, blend)).toBe(small);
});
