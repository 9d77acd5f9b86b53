import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { ByteCache, pageInMemory, simulateScenes } from "@clidim/imaging";
import { makeFolder } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { parseAblation } from "../../src/ablation/ablationFile.js";
import { hashDataSets } from "../../src/ablation/dataFiles.js";
import { ablationGrid } from "../../src/ablation/grid.js";
import { earlierResult, pagesOf, trainAndTest } from "../../src/ablation/trainAndTest.js";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { prepareTraining } from "../../src/data/prepareTraining.js";
import type { Plain } from "../../src/protocol/configurationSpace.js";
import { type MethodRegistry, methodRegistry } from "../../src/protocol/registry.js";
import { fictitious } from "../protocol/fictitious.js";
import { tiny, writeTinyData } from "../training/tinyData.js";

const scenes = simulateScenes({ seed: 1, size: 96, scenes: 1, frames: 10 }).map(({ name, noisy }) => ({
  name,
  noisy: noisy.map(pageInMemory),
  clean: [pageInMemory(noisy[0]!)],
  averaged: true,
}));

test.each([
  [{}, { pages: 8, held: 2 }],
  [{ regions: ["left", "top-right"] }, { pages: 8, held: 2 }],
  [
    { regions: ["left", "top-right"], shots: 3 },
    { pages: 3, held: 2 },
  ],
  [
    { regions: ["left", "right"], split: "regions" },
    { pages: 10, held: 10 },
  ],
  [
    { regions: ["left"], selection: "as-released" },
    { pages: 10, held: 0 },
  ],
])("pages are counted once, however many regions of them are used: %j", (values, counts) => {
  const configuration = resolveConfiguration(clidim, "laptop", values);
  const { kind, training, validation } = prepareTraining(scenes, configuration, 0.2, new ByteCache(0), {
    target: "clean",
    test: scenes,
  });
  const split = {
    kind,
    training: training.map(({ name, noisy }) => ({ name, pages: noisy.length })),
    validation: validation.map(({ name }) => name),
  };
  expect(pagesOf(split, configuration)).toEqual(counts);
});

/** The first run of an ablation with one data set, whose files lie in `out`. */
async function firstRun(out: string, overrides: object, registry: MethodRegistry, method?: string) {
  await writeTinyData(join(out, "data"), 2);
  const text = JSON.stringify({
    ...(method !== undefined ? { method } : { preset: "laptop" }),
    overrides,
    data: [
      {
        name: "mine",
        train: { noisy: "scene00-noisy.tif", clean: "scene00-clean.tif" },
        test: { noisy: "scene01-noisy.tif", clean: "scene01-clean.tif" },
      },
    ],
    variants: [{ name: "cl" }],
  });
  const file = parseAblation(text, "ablation.yaml");
  const places = { out, data: join(out, "data"), methods: registry };
  const run = ablationGrid(file, registry)[0]!;
  return { run, places, hashed: (await hashDataSets(file.data, places.data)).get(run.data)! };
}

test("a result that is no number is that of the run, which is not done again for it", async () => {
  const out = temporaryFolder();
  const { run, places, hashed } = await firstRun(out, tiny, methods);
  const page = { width: 48, height: 48, data: new Float32Array(48 * 48).fill(1) };
  const noisy = { ...page, data: page.data.map((value, i) => (i === 99 ? Number.NaN : value)) };
  const pages = [{ name: "scene01-noisy.tif, page 0", noisy, clean: page }];
  const result = await trainAndTest(
    run,
    hashed,
    places,
    async () => ({ pages, peakOffset: [0], shown: 0 }),
    {},
  );
  expect(result).toMatchObject({
    test: null,
    failure: expect.stringMatching(/^the result of scene01-noisy\.tif, page 0 holds what is no number/),
    cost: { testSeconds: expect.any(Number), grownBytes: expect.any(Number) },
  });
  const folder = join(out, run.folder);
  expect(existsSync(join(folder, "shown.tif"))).toBe(false);
  expect(JSON.parse(readFileSync(join(folder, "result.json"), "utf8"))).toEqual(result);
  expect(await earlierResult(run, hashed, out)).toEqual(result);
});

test("a result of a time when its method had fewer keys is that of the run where they stand for what they are now", async () => {
  const out = temporaryFolder();
  const begun = async (overrides: object): Promise<unknown> => {
    const { run, hashed } = await firstRun(out, overrides, methods, "noise2void");
    const { data, seed, validation, configuration } = run;
    const { notes: _about, blend: _none, ...settings } = configuration as unknown as Plain; // whatever its keys are
    const { hiddenPercent: _new, ...before } = settings;
    const { train: training, test: tested, peak } = data;
    const request = { method: "noise2void@1", training, test: tested, peak, seed, validation };
    const summary = { updates: 1, kept: 1, seconds: 1, adapter: "one", pages: 1, held: 0, validation: null };
    const result = {
      format: "clidim-ablation-run",
      formatVersion: 1,
      request: { ...request, settings: before, files: hashed },
      ...{ training: summary, test: null, failure: "diverged" },
    };
    await makeFolder(join(out, run.folder));
    writeFileSync(join(out, run.folder, "result.json"), JSON.stringify(result));
    return earlierResult(run, hashed, out);
  };
  expect(await begun({})).toMatchObject({ failure: "diverged" });
  expect(await begun({ structAxis: "horizontal", hiddenPercent: 100 })).toMatchObject({
    failure: "diverged",
  });
  await expect(begun({ structAxis: "horizontal" })).rejects.toThrow(/was made from other settings/);
});

test("a training that is hopeless for good has that for its result, as one that diverges", async () => {
  const out = temporaryFolder();
  const method = { ...fictitious("clean"), hopeless: () => "the network has given up" };
  const registry = methodRegistry([method]);
  const { run, places, hashed } = await firstRun(out, { guard: true }, registry, method.name);
  const unread = async (): Promise<never> => {
    throw new Error("the test pages are read");
  };
  const result = await trainAndTest(run, hashed, places, unread, {});
  expect(result).toMatchObject({
    training: { updates: expect.any(Number) },
    test: null,
    failure: expect.stringMatching(
      /^training stopped at update \d+: the network has given up\. No other way to begin is left/,
    ),
  });
  expect(await earlierResult(run, hashed, out)).toEqual(result);
});
