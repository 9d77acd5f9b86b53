import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { castImage, counterRandom, type Image, type PixelType } from "@clidim/imaging";
import { createImageFile, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import { denoiseLargePage } from "../../src/inference/largePage.js";
import type { PageContents } from "../../src/inference/pageBands.js";
import { train } from "../../src/training/train.js";
import { tiny, writeTinyData } from "../training/tinyData.js";

vi.mock(import("../../src/inference/largePage.js"), async (original) => {
  const actual = await original();
  return { ...actual, denoiseLargePage: vi.fn(actual.denoiseLargePage) };
});

/** What became of the pages that were too large: undefined where one was denoised as a whole all the same. */
const large = (): Promise<(PageContents | undefined)[]> =>
  Promise.all(vi.mocked(denoiseLargePage).mock.results.map(({ value }) => value));

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const model = at("model");
/** With dropout, which starts at the fifth level. */
const dropping = at("dropping");

beforeAll(async () => {
  const data = await writeTinyData(at("data"));
  await train({ method: clidim, ...data, out: model, overrides: { ...tiny, updates: 2 }, validation: 0 });
  const captures = at("captures.tif");
  await writeImageFile(captures, [noisy("uint16", 20, 100), noisy("uint16", 21, 100)]);
  await train({
    ...{ method: clidim, noisy: [captures], clean: "average", captures: ["T", "Z"], out: dropping },
    preset: "laptop",
    overrides: { ...tiny, updates: 1, crop: 64, downs: 6 },
    validation: 0,
  });
});
beforeEach(() => {
  vi.mocked(denoiseLargePage).mockClear();
});

// Higher than the largest tile of the network, so that there are several.
const [width, height] = [64, 6001];

function noisy<D extends PixelType>(dtype: D, seed: number, rows = height): Image<D> {
  const random = counterRandom(seed);
  const data = Float32Array.from(
    { length: width * rows },
    (_, i) => 120 + 60 * Math.sin(i / 900) + 9 * random.normal(),
  );
  return castImage({ width, height: rows, data }, dtype);
}

/** All files below a folder, with what is in them; but for the record, which has the time, and reports, which name the folder. */
function filesBelow(path: string): Record<string, string> {
  const entries = readdirSync(path, { recursive: true, encoding: "utf8" });
  const files = entries.filter(
    (name) => !/denoised\.json$|\.report\./.test(name) && statSync(join(path, name)).isFile(),
  );
  return Object.fromEntries(
    files.toSorted().map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(path, name)))
        .digest("hex"),
    ]),
  );
}

/** Denoises a file by whole pages and by bands, and expects the same files; the most parts of a page that were told of. */
async function bothWays(file: string, how: Partial<DenoiseFilesOptions>): Promise<number> {
  const name = file.slice(folder.length + 1);
  const results: unknown[] = [];
  let parts = 0;
  for (const largestPage of [undefined, 5000]) {
    const out = at(`${name}-${largestPage ? "bands" : "whole"}`);
    const options = {
      ...how,
      out,
      files: [file],
      ...(largestPage && { largestPage }),
    } as DenoiseFilesOptions; // one of the two ways
    const warnings: string[] = [];
    let told = 0;
    const { denoised } = await denoiseFiles(options, {
      onProgress: () => told++,
      onWarning: (sentence) => warnings.push(sentence),
    });
    parts = told;
    expect(Object.keys(filesBelow(out)).length).toBeGreaterThan(0);
    results.push({
      files: filesBelow(out),
      warnings,
      denoised: denoised.map(({ pages, blank, missing, chosen }) => ({ pages, blank, missing, chosen })),
    });
  }
  expect(results[1]).toEqual(results[0]);
  return parts;
}

describe("large pages have the results of whole pages, byte for byte", () => {
  const blank = (dtype: "uint16"): Image => ({ ...noisy(dtype, 0), data: new Uint16Array(width * height) });

  test("of a TIFF; a blank page is copied", async () => {
    const file = at("plain.tif");
    await writeImageFile(file, [noisy("uint16", 1), blank("uint16"), noisy("uint16", 2)]);
    // Three tiles of two pages, and the blank one.
    expect(await bothWays(file, { methods, model })).toBeGreaterThanOrEqual(5);
    expect(await large()).toEqual([
      { missing: 0 },
      { missing: 0, blank: "every pixel is 0" },
      { missing: 0 },
    ]);
  });

  test("of a deflated TIFF, each normalised by itself", async () => {
    const file = at("deflated.tif");
    await writeImageFile(file, [noisy("float32", 3)], { compression: "deflate" });
    await bothWays(file, { methods, model, normalization: "image" });
    expect(await large()).toEqual([{ missing: 0 }]);
  });

  test("of a PNG, which is decoded as a whole", async () => {
    const file = at("page.png");
    await writeImageFile(file, [noisy("uint8", 4)]);
    await bothWays(file, { methods, model });
    expect(await large()).toEqual([{ missing: 0 }]);
  });

  test("of an OME-Zarr in chunks with smaller copies; another channel is copied", async () => {
    const file = at("cells.ome.zarr");
    const header = { axes: ["C", "Z", "Y", "X"], shape: [2, 1, height, width], dtype: "uint16" } as const;
    const writer = await createImageFile(file, { ...header, metadata: { channels: ["DAPI", "GFP"] } });
    for (const seed of [5, 6]) await writer.writePage(noisy("uint16", seed));
    await writer.close();
    await bothWays(file, { methods, model, channel: "GFP" });
    expect(await large()).toEqual([{ missing: 0 }, { missing: 0 }]);
    const result = at("cells.ome.zarr-bands", "cells.ome.zarr");
    // Six chunks of 1024 rows, and the smaller copies.
    expect(readdirSync(join(result, "0"), { recursive: true, encoding: "utf8" })).toContain(
      join("0", "0", "5", "0"),
    );
    expect(readdirSync(result)).toContain("1");
  });

  test("of pages with missing pixels, which are so in the result", async () => {
    const file = at("holes.tif");
    const holed = noisy("float32", 7);
    holed.data.fill(Number.NaN, 3000 * width, 3000 * width + 99);
    holed.data.fill(Number.POSITIVE_INFINITY, 0, 9);
    for (let y = 0; y < height; y++) holed.data.fill(Number.NaN, y * width, y * width + 5);
    const gone = holed.data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
    await writeImageFile(file, [holed, noisy("float32", 8)]);
    await bothWays(file, { methods, model });
    const again = at("holes-again.tif");
    copyFileSync(file, again);
    await bothWays(again, { methods, model: [model, model], uncertainty: 2 });
    expect(await large()).toEqual([{ missing: gone }, { missing: 0 }, { missing: gone }, { missing: 0 }]);
  });

  test("a page that is assessed is whole", async () => {
    const file = at("reported.tif");
    await writeImageFile(file, [noisy("uint16", 9, 100)]);
    await bothWays(file, { methods, model, report: true });
    expect(await large()).toEqual([]);
  });

  test("of several models, with the scatter between them; in a blank page nothing is known of errors", async () => {
    const file = at("passes.tif");
    await writeImageFile(file, [
      noisy("uint16", 9, 100),
      { ...noisy("uint16", 0, 100), data: new Uint16Array(6400) },
    ]);
    expect(await bothWays(file, { methods, model: [model, model], uncertainty: 2 })).toBeGreaterThan(2);
    expect(await large()).toEqual([{ missing: 0 }, { missing: 0, blank: "every pixel is 0" }]);
  });

  test("of a model with the scatter of its passes, and of an ensemble", async () => {
    const file = at("scatter.tif");
    await writeImageFile(file, [noisy("uint16", 10, 100)]);
    await bothWays(file, { methods, model: dropping, uncertainty: 2 });
    const again = at("turned.tif");
    copyFileSync(file, again);
    await bothWays(again, { methods, model, ensemble: true });
    expect(await large()).toEqual([{ missing: 0 }, { missing: 0 }]);
  });

  test("by a Gaussian blur, with the rows that it reaches", async () => {
    const file = at("blurred.tif");
    const [side, rows] = [90, 120];
    const random = counterRandom(10);
    const data = Uint16Array.from(
      { length: side * rows },
      (_, i) => 300 + 90 * Math.sin(i / 70) + 30 * random.uniform(),
    );
    await writeImageFile(file, [{ width: side, height: rows, dtype: "uint16", data }]);
    expect(await bothWays(file, { method: methods.classicalNamed("gaussian") })).toBe(3);
    expect(await large()).toEqual([{ missing: 0 }]);
  });
});
