import { join } from "node:path";
import { type Image, pageInMemory, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCapturePairs } from "../../src/data/capturePairs.js";
import { checkCapturePairs } from "../../src/data/pairs/checkCapturePairs.js";
import { checkStackCaptures } from "../../src/data/pairs/checkStackCaptures.js";
import { StackFiles } from "../../src/data/stackFiles.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const files = new StackFiles();

/** Two captures of each of three scenes. */
const scenes = simulateScenes({ seed: 5, size: 64, scenes: 3, frames: 2 });
const capture = (k: 0 | 1): Image[] => scenes.map(({ noisy }) => noisy[k]!);
const changed = (image: Image, change: (value: number, i: number) => number): Image => ({
  ...image,
  dtype: "float32",
  data: Float32Array.from(image.data, change),
});

beforeAll(async () => {
  await writeImageFile(at("first.tif"), capture(0));
  await writeImageFile(at("second.tif"), capture(1));
  await writeImageFile(at("reversed.tif"), capture(1).toReversed());
  await writeImageFile(
    at("bright.tif"),
    capture(1).map((image) => changed(image, (value) => 2 * value)),
  );
  const moved = (image: Image): Image =>
    changed(image, (_, i) => image.data[Math.min(image.data.length - 1, i + 2)]!);
  await writeImageFile(at("moved.tif"), capture(1).map(moved));
  const blank = changed(capture(1)[1]!, () => 7);
  await writeImageFile(
    at("blank.tif"),
    capture(1).map((image, i) => (i === 1 ? blank : changed(image, (value) => value))),
  );
});
afterAll(() => files.close());

const opened = (second: string, onWarning?: (sentence: string) => void) =>
  openCapturePairs([at("first.tif")], [at(second)], files, {}, onWarning);

describe("openCapturePairs", () => {
  test("makes a scene of each page and its second capture", async () => {
    const pairs = await opened("second.tif");
    expect(pairs).toHaveLength(3);
    for (const [i, { name, noisy, clean, file }] of pairs.entries()) {
      expect(file).toEqual({ name: at("first.tif"), oneField: true });
      expect(name).toMatch(new RegExp(`first\\.tif#${i} with .*second\\.tif#${i}$`));
      expect(clean).toBeUndefined();
      expect(noisy.extents).toEqual([{ axis: "T", extent: 2 }]);
      for (const k of [0, 1] as const)
        expect((await noisy.pages[k]!.read()).data).toEqual(capture(k)[i]!.data);
    }
  });

  test("leaves out pairs of which both are blank, and refuses where no pair is left", async () => {
    const half = (k: 0 | 1): Image[] =>
      capture(k).map((image, i) => (i === 1 ? changed(image, () => 7) : changed(image, (value) => value)));
    for (const k of [0, 1] as const) await writeImageFile(at(`half${k}.tif`), half(k));
    const warnings: string[] = [];
    const pairs = await openCapturePairs([at("half0.tif")], [at("half1.tif")], files, {}, (sentence) =>
      warnings.push(sentence),
    );
    expect(pairs.map(({ name }) => /#\d/.exec(name)?.[0])).toEqual(["#0", "#2"]);
    expect(warnings).toEqual([
      expect.stringMatching(/half0\.tif#1.* is blank .* left out; so is another page/),
    ]);
    await expect(openCapturePairs([`${at("half0.tif")}#1`], [`${at("half1.tif")}#1`], files)).rejects.toThrow(
      /half0\.tif#1.*expected two captures that are not blank, got none/,
    );
  });

  test("leaves out pairs of which a page is blank, and says so", async () => {
    const warnings: string[] = [];
    const pairs = await opened("blank.tif", (sentence) => warnings.push(sentence));
    expect(pairs.map(({ name }) => /first\.tif#(\d)/.exec(name)?.[1])).toEqual(["0", "2"]);
    expect(warnings.join()).toMatch(/is blank \(.*\) and left out/);
  });

  test("refuses files that do not fit page by page", async () => {
    const mismatch =
      /expected as many files of second captures as noisy files, page by page; found 1 noisy file: .*; \d second file/;
    await expect(opened("second.tif#0-1")).rejects.toThrow(mismatch);
    await expect(
      openCapturePairs([at("first.tif")], [at("second.tif"), at("second.tif")], files),
    ).rejects.toThrow(mismatch);
  });
});

describe("checkCapturePairs", () => {
  const said = async (second: string, force = false): Promise<string[]> => {
    const warnings: string[] = [];
    await checkCapturePairs(await opened(second), {
      force,
      onWarning: (sentence) => warnings.push(sentence),
    });
    return warnings;
  };

  test("is content with captures of the same", async () => {
    expect(await said("second.tif")).toEqual([]);
  });

  test("refuses the same captures twice, and captures of other scenes", async () => {
    await expect(said("first.tif")).rejects.toThrow(/first\.tif#0 are identical, pixel for pixel/);
    await expect(said("reversed.tif")).rejects.toThrow(
      /first\.tif#0 with .*reversed\.tif#0 do not show the same: their correlation is/,
    );
    expect((await said("reversed.tif", true)).join()).toContain("do not show the same");
  });

  test("warns of other exposures and of shifts", async () => {
    expect((await said("bright.tif")).join()).toMatch(/have means of .*: each is trained towards the other/);
    expect((await said("moved.tif")).join()).toMatch(
      /first\.tif#\d with .* lie .* apart: results are blurred/,
    );
  });
});

describe("checkStackCaptures", () => {
  const [first, second] = [capture(0)[0]!, capture(1)[0]!];
  const stack = (...images: Image[]) => [
    {
      noisy: {
        name: "stack.tif",
        pages: images.map((image) => pageInMemory(image)),
      },
    },
  ];

  test("says nothing of captures that differ", async () => {
    const warnings: string[] = [];
    await checkStackCaptures(stack(first, second), { onWarning: (sentence) => warnings.push(sentence) });
    expect(warnings).toEqual([]);
  });

  test("refuses copies of one capture; with force it warns", async () => {
    const copies = stack(first, first, first);
    await expect(checkStackCaptures(copies)).rejects.toThrow(/pages 0 and 1 of stack\.tif are identical/);
    const warnings: string[] = [];
    await checkStackCaptures(copies, { force: true, onWarning: (sentence) => warnings.push(sentence) });
    expect(warnings.join()).toMatch(/give captures that each have noise of their own/);
  });

  test("warns of a copy among captures", async () => {
    const warnings: string[] = [];
    await checkStackCaptures(stack(first, second, second), {
      onWarning: (sentence) => warnings.push(sentence),
    });
    expect(warnings.join()).toMatch(/pages 1 and 2 of stack\.tif .*\(so it is with 1 of 2 pairs\)/);
  });
});
