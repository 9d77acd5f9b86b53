import { type Plane, pageInMemory } from "@clidim/imaging";
import { expect, test } from "vitest";
import type { SceneSplit } from "../../src/data/splitScenes.js";
import { cropMetrics, validationCrops } from "../../src/training/validation.js";

const plane = (width: number, height: number, value: (x: number, y: number) => number): Plane => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

const held = (name: string, width: number, height: number) => ({
  name,
  noisy: plane(width, height, (x, y) => x + 1000 * y),
  // Structure in the lower right corner only.
  clean: plane(width, height, (x, y) => (x > width - 40 && y > height - 40 ? (x * y) % 17 : 0)),
});

const lazy = ({ name, noisy, clean }: ReturnType<typeof held>) => ({
  name,
  noisy: pageInMemory(noisy),
  clean: pageInMemory(clean),
});

test("crops are where the truth has the most contrast, the same of both images, at most 256 wide", async () => {
  const split: SceneSplit = { kind: "scenes", training: [], validation: [lazy(held("a", 600, 300))] };
  const [crop] = await validationCrops(split);
  expect(crop!.clean).toMatchObject({ width: 256, height: 256 });
  expect(crop!.noisy.data[0]).toBe(344 + 1000 * 44);
});

test("at most four pages, evenly spread; small pages whole; a training page where nothing is held out", async () => {
  const validation = Array.from({ length: 10 }, (_, i) => held(`page ${i}`, 50, 41));
  const crops = await validationCrops({ kind: "pages", training: [], validation: validation.map(lazy) });
  expect(crops.map(({ name }) => name)).toEqual(["page 1", "page 3", "page 6", "page 8"]);
  expect(crops[0]!.noisy).toEqual(validation[1]!.noisy);
  const { noisy, clean } = lazy(held("", 50, 41));
  const training = [{ name: "trained", noisy: [noisy], clean: [clean], averaged: false }];
  const [crop] = await validationCrops({ kind: "none", training, validation: [] });
  expect(crop).toEqual({ name: "trained", noisy: await noisy.read(), clean: await clean.read() });
});

test("metrics are means over the crops", () => {
  const crops = [held("a", 60, 60), held("b", 70, 60)];
  const shifted = crops.map(({ clean }, i) => ({ ...clean, data: Array.from(clean.data, (v) => v + i + 1) }));
  // The clean pages reach from 0 to 16, the errors are 1 and 2 everywhere.
  const expected = (10 * Math.log10(16 ** 2) + 10 * Math.log10(16 ** 2 / 4)) / 2;
  expect(cropMetrics(shifted, crops).psnr).toBeCloseTo(expected, 10);
});
