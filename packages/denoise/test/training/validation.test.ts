import { InputError, type Plane, pageInMemory } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
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

describe("held-out pages whose clean image tells nothing", () => {
  const flat = (name: string, width = 50, height = 41) => ({
    ...held(name, width, height),
    clean: plane(width, height, () => 3),
  });
  const namesOf = async (...pages: ReturnType<typeof held>[]): Promise<string[]> => {
    const crops = await validationCrops({ kind: "pages", training: [], validation: pages.map(lazy) });
    // What a log says of them is a number.
    const noisy = crops.map((crop) => crop.noisy);
    expect(cropMetrics(noisy, crops)).toMatchObject({ psnr: expect.any(Number), ssim: expect.any(Number) });
    return crops.map(({ name }) => name);
  };

  test("are passed over, and others are looked at", async () => {
    const [a, b] = [held("a", 50, 41), held("b", 50, 41)];
    expect(await namesOf(flat("flat"), a, b)).toEqual(["a", "b"]);
    expect(await namesOf(held("low", 50, 6), a, held("narrow", 6, 50))).toEqual(["a"]);
    expect(await namesOf(...Array.from({ length: 9 }, (_, i) => flat(`flat ${i}`)), b)).toEqual(["b"]);
  });

  test("are refused by name where there are no others", async () => {
    const refused = (kind: SceneSplit["kind"], ...pages: ReturnType<typeof held>[]) =>
      validationCrops({ kind, training: [], validation: pages.map(lazy) });
    const error = await refused("pages", flat("a.tif"), held("b.tif", 50, 6)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      message:
        "a.tif, 50 x 41 pixels and 1 more: expected a clean image with contrast, of at least 7 x 7 pixels, to judge what is held out by, got none; hold out another or a larger part, or nothing",
      keys: ["validation", "split"],
    });
    await expect(refused("test", held("b.tif", 50, 6))).rejects.toMatchObject({
      keys: ["testNoisy", "testClean", "testRegions"],
    });
  });

  test("are no matter where there is none", async () => {
    const noisy = pageInMemory(plane(6, 6, (x) => x));
    const crops = await validationCrops({ kind: "pages", training: [], validation: [{ name: "a", noisy }] });
    expect(crops).toHaveLength(1);
  });
});

test("metrics are means over the crops", () => {
  const crops = [held("a", 60, 60), held("b", 70, 60)];
  const shifted = crops.map(({ clean }, i) => ({ ...clean, data: Array.from(clean.data, (v) => v + i + 1) }));
  // The clean pages reach from 0 to 16, the errors are 1 and 2 everywhere.
  const expected = (10 * Math.log10(16 ** 2) + 10 * Math.log10(16 ** 2 / 4)) / 2;
  expect(cropMetrics(shifted, crops).psnr).toBeCloseTo(expected, 10);
});
