import { join } from "node:path";
import { ByteCache, type Image, InputError, type LazyPage, pageInMemory } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { type PlaneAxis, planeAxes } from "../../src/data/axisSelection.js";
import {
  type CleanImages,
  openEvaluation,
  openScenes,
  pairForEvaluation,
  pairStacks,
} from "../../src/data/pairing.js";
import { splitScenes, trainingScene } from "../../src/data/splitScenes.js";
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
  const extents = pages.length > 1 ? [{ axis: "T" as const, extent: pages.length }] : [];
  return { name, width, height, pages: pages.map(pageInMemory), extents, channels: [{ index: 0 }] };
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
      {
        name: "a.tif",
        noisy: a,
        clean: each.pages,
        cleanNames: [0, 1, 2].map((page) => `page ${page} of the selection in ca.tif`),
        averaged: false,
      },
      { name: "b.tif", noisy: b, clean: one.pages, cleanNames: ["cb.tif"], averaged: false },
    ]);
  });

  test("one clean file whose page i belongs to noisy file i", async () => {
    const spec = { path: "clean.tif", range: { first: 3, last: 4 } };
    const clean = { ...stack("clean.tif#3-4", pages(7, 8)), spec };
    expect(await pair([a, b], [clean])).toEqual([
      { name: "a.tif", noisy: a, clean: [clean.pages[0]], cleanNames: ["clean.tif#3"], averaged: false },
      { name: "b.tif", noisy: b, clean: [clean.pages[1]], cleanNames: ["clean.tif#4"], averaged: false },
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
    await expect(pair([stack("n.tif", [flat, flat])], "average")).rejects.toThrow(
      "page 0 of the selection in n.tif is constant (every pixel is 9), expected an image with contrast",
    );
    await expect(pair([a], [stack("c.tif", [flat])])).rejects.toThrow(/^c\.tif is constant/);
  });
});

test("areas of a grey value that looks like none are told of before an evaluation, unless it was said what they are", async () => {
  const holed = (value: number): Image => {
    const { data, ...rest } = page(100, 20, 10);
    return { ...rest, dtype: "uint16", data: Uint16Array.from(data, (grey, i) => (i < 60 ? value : grey)) };
  };
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  const prediction = stack("p.tif", [holed(65535)]);
  const clean = stack("c.tif", [page(100, 20, 10)]);
  await pairForEvaluation([prediction], [clean], undefined, undefined, warn);
  expect(warnings).toEqual([
    expect.stringMatching(/^p\.tif: 30 % of the pixels are exactly 65535, .*nodata, 65535/),
  ]);
  warnings.length = 0;
  await pairForEvaluation([{ ...prediction, nodata: "none" }], [clean], undefined, undefined, warn);
  expect(warnings).toEqual([]);
});

describe("axes", () => {
  /** Pages along axes, page k of grey values from `first + k` on. */
  const along = (name: string, axes: Partial<Record<PlaneAxis, number>>, first = 0): PageStack => {
    const extents = planeAxes.flatMap((axis) => (axes[axis] ? [{ axis, extent: axes[axis] }] : []));
    const count = extents.reduce((product, { extent }) => product * extent, 1);
    const values = Array.from({ length: count }, (_, k) => first + k);
    const channels = Array.from({ length: axes.C ?? 1 }, (_, index) => ({ index }));
    return { ...stack(name, pages(...values)), extents, channels };
  };
  const firstValues = (list: readonly LazyPage[]): Promise<number[]> =>
    Promise.all(list.map(async (each) => (await each.read()).data[0]!));
  const cache = new ByteCache(1000);

  test("channels are neither averaged nor paired without being asked", async () => {
    const hyper = along("h.tif", { T: 5, C: 2 });
    const sentence =
      "h.tif has 2 channels, 0, 1 (its axes are T 5, C 2), which are not captures of one image; choose one of them";
    for (const clean of ["average", "none", [along("c.tif", { T: 5, C: 2 })]] as const) {
      await expect(pair([hyper], clean)).rejects.toThrow(new InputError(sentence, { keys: ["channel"] }));
    }
    await expect(pair([a], [along("c.tif", { C: 3 })])).rejects.toThrow(/^c\.tif has 3 channels/);
    await expect(pairForEvaluation([hyper], [hyper])).rejects.toThrow(/^h\.tif has 2 channels/);
    expect(await pairStacks([hyper], "average", cache, ["T", "C"])).toHaveLength(1);
  });

  test("depths are averaged, and share a clean page, only where they are said to be captures", async () => {
    const depths = along("z.tif", { Z: 4 });
    for (const clean of ["average", [along("c.tif", {})]] as const) {
      await expect(pair([depths], clean)).rejects.toThrow(
        /^z\.tif has pages along Z \(its axes are Z 4\), and captures are those along T: .*; choose one depth, or say that they are captures/,
      );
      expect(await pairStacks([depths], clean, cache, ["Z"])).toHaveLength(1);
    }
    await expect(pair([along("tz.tif", { T: 2, Z: 4 })], "average")).rejects.toThrow(/pages along Z/);
    await expect(pair([depths, depths], [along("c.tif", { T: 2 })])).rejects.toThrow(/pages along Z/);
    expect((await pair([depths], "none"))[0]!.noisy.pages).toHaveLength(4);
  });

  test("files with the same axes are paired along them, in whichever order these lie", async () => {
    const noisy = along("n.tif", { T: 2, Z: 3 });
    const [same] = await pair([noisy], [along("c.tif", { T: 2, Z: 3 }, 50)]);
    expect(await firstValues(same!.clean!)).toEqual([50, 51, 52, 53, 54, 55]);
    const turned = along("c.tif", { T: 2, Z: 3 }, 50);
    const [other] = await pair(
      [noisy],
      [{ ...turned, extents: turned.extents.map((_, i, all) => all[1 - i]!) }],
    );
    expect(await firstValues(other!.clean!)).toEqual([50, 52, 54, 51, 53, 55]);
  });

  test("captures have one truth along the other axes, and are held out as such", async () => {
    const noisy = along("n.tif", { T: 4, Z: 3 });
    const scenes = await pair([noisy], [along("c.tif", { Z: 3 }, 50)]);
    expect(await firstValues(scenes[0]!.clean!)).toEqual([50, 51, 52, 50, 51, 52, 50, 51, 52, 50, 51, 52]);
    expect(
      splitScenes(
        scenes.map((one) => trainingScene(one)),
        0.25,
      ).kind,
    ).toBe("captures");
    await expect(pair([noisy], [along("c.tif", { T: 4 }, 50)])).rejects.toThrow(
      /found 1 noisy file: n\.tif \(12 pages along T 4, Z 3, 4 x 3\); 1 clean file: c\.tif \(4 pages, 4 x 3\)$/,
    );
  });

  test("pages that are no block of the axes of their file are captures only where all that differs is", async () => {
    const part = (...mixed: PlaneAxis[]): PageStack => ({ ...along("h.tif#0-4", { T: 5 }), mixed });
    await expect(pair([part("T", "C")], "none")).rejects.toThrow(
      /^h\.tif#0-4 has 1 channels, 0 \(its axes are T, C\), which are not captures of one image; choose one of them$/,
    );
    await expect(pair([part("T", "Z")], "average")).rejects.toThrow(
      /^h\.tif#0-4 has pages along Z \(its axes are T, Z\)/,
    );
    expect(await pairStacks([part("T", "Z")], "average", cache, ["T", "Z"])).toHaveLength(1);
    expect(await pair([part("T", "Z")], [along("c.tif#0-4", { T: 5 })])).toHaveLength(1);
  });

  test("pages along axes without names are captures only where all axes are", async () => {
    const array: PageStack = { ...along("a.tif", { T: 10 }), unnamed: [5, 2] };
    for (const clean of ["average", [along("c.tif", {})]] as const) {
      await expect(pair([array], clean)).rejects.toThrow(
        /^a\.tif has pages along 2 axes without names \(5 x 2\), which may be channels or depths: .*; name the axes in the file .*, or say that all are captures \(T, C, Z\)$/,
      );
      expect(await pairStacks([array], clean, cache, ["T", "C", "Z"])).toHaveLength(1);
    }
    expect(await pair([array], [along("c.tif", { T: 10 })])).toHaveLength(1);
  });

  test("positions, which lie along T, are no captures of each other", async () => {
    const two: PageStack = { ...along("p.ome.tif", { T: 4, Z: 2 }), positions: 2 };
    const sentence =
      /^p\.ome\.tif shows 2 positions one after the other, which are not captures of one image; choose the times of one of them$/;
    await expect(pairStacks([two], "average", cache, ["T", "Z"])).rejects.toThrow(sentence);
    await expect(pair([two], [along("c.tif", { Z: 2 })])).rejects.toThrow(sentence);
    expect(await pair([two], [along("c.tif", { T: 4, Z: 2 })])).toHaveLength(1);
    expect(await pair([two], "none")).toHaveLength(1);
  });

  test("files that say nothing of axes are paired page by page", async () => {
    const [scene] = await pair([along("n.tif", { T: 6 })], [along("c.tif", { T: 2, Z: 3 }, 50)]);
    expect(await firstValues(scene!.clean!)).toEqual([50, 51, 52, 53, 54, 55]);
    expect(await pair([along("n.tif", { Z: 3 })], [along("c.tif", { T: 3 })])).toHaveLength(1);
  });
});

describe("pairForEvaluation", () => {
  const clean = stack("c.tif", pages(1, 2));

  test("follows the same rules, with the noisy files beside", async () => {
    const noisy = [stack("na.tif", pages(5, 6, 7)), stack("nb.tif", pages(8, 9))];
    expect(await pairForEvaluation([a, b], [clean], noisy)).toEqual([
      {
        name: "a.tif",
        prediction: a,
        clean: [clean.pages[0]],
        cleanNames: ["page 0 of the selection in c.tif"],
        noisy: noisy[0],
      },
      {
        name: "b.tif",
        prediction: b,
        clean: [clean.pages[1]],
        cleanNames: ["page 1 of the selection in c.tif"],
        noisy: noisy[1],
      },
    ]);
    expect((await pairForEvaluation([a, b], [clean]))[0]).not.toHaveProperty("noisy");
  });

  test("a constant prediction is judged, a noisy file that does not fit is refused", async () => {
    const flat = stack("p.tif", [{ ...page(0), data: new Uint16Array(12) }]);
    expect(await pairForEvaluation([flat], [stack("c.tif", pages(1))])).toHaveLength(1);
    await expect(pairForEvaluation([a, b], [clean], [a])).rejects.toThrow(
      /one noisy file for each prediction/,
    );
    const [one, two] = [stack("c.tif", pages(1)), stack("n.tif", pages(2, 3))];
    await expect(pairForEvaluation([flat], [one], [two])).rejects.toThrow(
      /where a model made each page of 2 captures, leave the noisy files out/,
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
