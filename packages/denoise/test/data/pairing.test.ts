import { join } from "node:path";
import { ByteCache, type Image, InputError, type LazyPage, pageInMemory } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import {
  type CleanImages,
  openEvaluation,
  openScenes,
  pairForEvaluation,
  pairStacks,
} from "../../src/data/pairing.js";
import { type PageStack, StackFiles } from "../../src/data/stackFiles.js";

const folder = temporaryFolder();

function page(value: number, width = 4, height = 3): Image {
  return {
    width,
    height,
    dtype: "uint16",
    data: Uint16Array.from({ length: width * height }, (_, i) => value + i),
  };
}

function stack(name: string, pages: readonly Image[]): PageStack {
  const { width, height } = pages[0]!;
  return { name, width, height, pages: pages.map(pageInMemory) };
}

const pair = (noisy: readonly PageStack[], clean: CleanImages<PageStack>) =>
  pairStacks(noisy, clean, new ByteCache(1000));

const pages = (...values: number[]) => values.map((value) => page(value));
const a = stack("a.tif", pages(0, 10, 20));
const b = stack("b.tif", pages(30, 40));

describe("pairStacks", () => {
  test("as many clean files as noisy ones, page by page or one page for all", async () => {
    const each = stack("ca.tif", pages(1, 2, 3));
    const one = stack("cb.tif", pages(4));
    expect(await pair([a, b], [each, one])).toEqual([
      { name: "a.tif", noisy: a, clean: each.pages, averaged: false },
      { name: "b.tif", noisy: b, clean: one.pages, averaged: false },
    ]);
  });

  test("one clean file whose page i belongs to noisy file i", async () => {
    const clean = stack("clean.tif#3-4", pages(7, 8));
    expect(await pair([a, b], [clean])).toEqual([
      { name: "a.tif", noisy: a, clean: [clean.pages[0]], averaged: false },
      { name: "b.tif", noisy: b, clean: [clean.pages[1]], averaged: false },
    ]);
  });

  test("the average of each stack, in float", async () => {
    const scenes = await pair([stack("n.tif", pages(0, 1))], "average");
    expect(scenes[0]!.clean).toHaveLength(1);
    expect(scenes[0]!.clean![0]).toMatchObject({ dtype: "float32", width: 4, height: 3 });
    const { data } = await scenes[0]!.clean![0]!.read({ x: 0, y: 0, width: 3, height: 1 });
    expect([...Array.from(data)]).toEqual([0.5, 1.5, 2.5]);
    await expect(pair([stack("n.tif", pages(0))], "average")).rejects.toThrow(
      /n\.tif has 1 page, expected at least 2/,
    );
  });

  test("anything else lists what was found", async () => {
    const attempt = (clean: PageStack[]) => pair([a, b], clean);
    await expect(attempt([stack("c.tif", pages(1, 2, 3))])).rejects.toThrow(InputError);
    await expect(attempt([stack("c.tif", pages(1, 2, 3))])).rejects.toThrow(
      /found 2 noisy files: a\.tif \(3 pages, 4 x 3\), b\.tif \(2 pages, 4 x 3\); 1 clean file: c\.tif \(3 pages, 4 x 3\)$/,
    );
    await expect(attempt([stack("c.tif", pages(1, 2)), stack("d.tif", pages(1))])).rejects.toThrow(
      /found 2 noisy files/,
    );
    await expect(pair([a], [stack("c.tif", pages(1)), stack("d.tif", pages(2))])).rejects.toThrow(
      /2 clean files/,
    );
    await expect(attempt([])).rejects.toThrow("expected at least one clean file, got none");
    await expect(pair([], "average")).rejects.toThrow("expected at least one noisy file, got none");
  });

  test("sizes that do not match and constant pages name the file", async () => {
    const wide = [page(1, 5, 3)];
    await expect(pair([a], [stack("c.tif", wide)])).rejects.toThrow(
      "a.tif is 4 x 3 pixels but c.tif is 5 x 3; expected the same size",
    );
    const flat: Image = { ...page(0), data: new Uint16Array(12).fill(9) };
    await expect(pair([stack("n.tif", [page(0), flat])], "average")).rejects.toThrow(
      "page 1 of the selection in n.tif is constant (every pixel is 9), expected an image with contrast",
    );
    await expect(pair([a], [stack("c.tif", [flat])])).rejects.toThrow(/^c\.tif is constant/);
  });
});

describe("pairForEvaluation", () => {
  const clean = stack("c.tif", pages(1, 2));

  test("follows the same rules, with the noisy files beside", async () => {
    const noisy = [stack("na.tif", pages(5, 6, 7)), stack("nb.tif", pages(8, 9))];
    expect(await pairForEvaluation([a, b], [clean], noisy)).toEqual([
      { name: "a.tif", prediction: a, clean: [clean.pages[0]], noisy: noisy[0] },
      { name: "b.tif", prediction: b, clean: [clean.pages[1]], noisy: noisy[1] },
    ]);
    expect((await pairForEvaluation([a, b], [clean]))[0]).not.toHaveProperty("noisy");
  });

  test("a constant prediction is judged, a noisy file that does not fit is refused", async () => {
    const flat = stack("p.tif", [{ ...page(0), data: new Uint16Array(12) }]);
    expect(await pairForEvaluation([flat], [stack("c.tif", pages(1))])).toHaveLength(1);
    await expect(pairForEvaluation([a, b], [clean], [a])).rejects.toThrow(
      /one noisy file for each prediction/,
    );
    await expect(pairForEvaluation([a], [stack("c.tif", pages(1))], [b])).rejects.toThrow(
      /found 1 prediction file: a\.tif/,
    );
    await expect(pairForEvaluation([], [clean])).rejects.toThrow(
      "expected at least one prediction file, got none",
    );
  });
});

test("files are opened with their page ranges, and read until they are closed", async () => {
  const [noisy, clean] = [join(folder, "noisy.tif"), join(folder, "clean.tif")];
  await writeImageFile(noisy, pages(0, 10, 20));
  await writeImageFile(clean, pages(1, 2, 3, 4));
  const files = new StackFiles(1000);
  const firstOf = async (page: LazyPage): Promise<number> => (await page.read()).data[0]!;
  const scenes = await openScenes([`${noisy}#0-1`, `${noisy}#2`], [`${clean}#1-2`], files);
  expect(scenes.map(({ name }) => name)).toEqual([`${noisy}#0-1`, `${noisy}#2`]);
  expect(await Promise.all(scenes.map(({ clean: truth }) => firstOf(truth![0]!)))).toEqual([2, 3]);
  const [average] = await openScenes([noisy], "average", files);
  expect(await firstOf(average!.clean![0]!)).toBe(10);
  const [judged] = await openEvaluation([noisy], [`${clean}#0-2`], [noisy], files);
  expect(judged!.noisy!.pages).toHaveLength(3);
  await expect(openScenes([], "average", files)).rejects.toThrow(/at least one noisy file/);
  await expect(openScenes([noisy], [`${clean}#9`], files)).rejects.toThrow(/the file has 4 pages \(0-3\)/);
  expect(files.cache.byteLength).toBeGreaterThan(0);
  await files.close();
  expect(files.cache.byteLength).toBe(0);
  await expect(judged!.clean[0]!.read()).rejects.toThrow();
});
