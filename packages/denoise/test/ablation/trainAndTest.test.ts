import { clidim } from "@clidim/clidim";
import { ByteCache, pageInMemory, simulateScenes } from "@clidim/imaging";
import { expect, test } from "vitest";
import { pagesOf } from "../../src/ablation/trainAndTest.js";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { prepareTraining } from "../../src/data/prepareTraining.js";

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
