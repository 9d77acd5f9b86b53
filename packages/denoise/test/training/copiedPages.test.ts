import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { type Plane, pageInMemory, simulateScenes } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import type { TrainingScene } from "../../src/data/crops.js";
import { splitScenes } from "../../src/data/splitScenes.js";
import { copiedPages } from "../../src/training/copiedPages.js";
import { train } from "../../src/training/train.js";
import { tiny, writeTinyData } from "./tinyData.js";

const scenes = simulateScenes({ seed: 4, size: 96, scenes: 3, frames: 2 });
const scene = (name: string, pages: readonly Plane[]): TrainingScene => {
  return { name, noisy: pages.map(pageInMemory), averaged: false };
};
const [first, second, third] = scenes.map(({ noisy }) => noisy);
const told = (list: readonly TrainingScene[], unit: "scenes" | "frames" | "regions" = "scenes") =>
  copiedPages(splitScenes(list, 0.5, unit));

test("held-out pages that are trained on as well are told, whatever their files are called", async () => {
  const copy = first!.map((page) => ({ ...page, data: Float32Array.from(page.data) }));
  for (const name of ["copy.tif", "n.tif"]) {
    expect(await told([scene("n.tif", first!), scene(name, copy)])).toMatch(
      /^(n|copy)\.tif, page 0 .* is held out, but .* are trained on as well, as those of (n|copy)\.tif, page 0 .* \(so it is with 2 of 2 held-out pages\): .*; leave out the copies$/,
    );
  }
  expect(await told([scene("m.tif", [first![0]!, first![0]!])], "frames")).toMatch(/^m\.tif, page \d/);
});

test("other fields, other captures, other parts and a page that differs in one pixel are no copies", async () => {
  expect(await told([scene("a", first!), scene("b", second!), scene("c", third!)])).toBeUndefined();
  expect(await told([scene("a", first!)], "frames")).toBeUndefined();
  expect(await told([scene("a", first!), scene("b", second!)], "regions")).toBeUndefined();
  const [page] = first!;
  const data = page!.data.map((value, i) => (i === 3 ? value + 1 : value));
  expect(await told([scene("a", [page!]), scene("b", [{ ...page!, data }])])).toBeUndefined();
});

test("train warns of them", async () => {
  const folder = temporaryFolder();
  const data = await writeTinyData(join(folder, "data"));
  const copy = join(folder, "copy.tif");
  copyFileSync(data.noisy[0]!, copy);
  const warnings: string[] = [];
  const noisy = [data.noisy[0]!, copy];
  const overrides = { ...tiny, updates: 1 };
  await train(
    { method: clidim, noisy, clean: "average", out: join(folder, "model"), overrides, validation: 0.5 },
    { onWarning: (sentence) => warnings.push(sentence) },
  );
  expect(warnings).toContainEqual(
    expect.stringMatching(/is held out, but its pixels are trained on as well/),
  );
});
