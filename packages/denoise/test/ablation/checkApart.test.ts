import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import type { AblationData, AblationFile } from "../../src/ablation/ablationFile.js";
import { checkApart } from "../../src/ablation/checkApart.js";
import { hashDataSets } from "../../src/ablation/dataFiles.js";
import { ablationGrid } from "../../src/ablation/grid.js";
import { defaultMetrics } from "./results.js";

const folder = temporaryFolder();
for (const [name, content] of [
  ["a.tif", "one"],
  ["copy.tif", "one"],
  ["b.tif", "two"],
  ["c.tif", "three"],
] as const)
  writeFileSync(join(folder, name), content);

type Part = Partial<AblationData["test"]>;

/** Checks one run that trains on a part and tests on another. */
async function check(train: Part & Pick<AblationData["train"], "noisy">, tested: Part): Promise<void> {
  const { regions = [], ...images } = train;
  const file: AblationFile = {
    method: "clidim",
    preset: "laptop",
    overrides: { regions },
    validation: 0.1,
    baselines: false,
    metrics: defaultMetrics,
    published: [],
    data: [
      {
        name: "mine",
        train: { clean: "average", ...images },
        test: { noisy: ["b.tif"], clean: "average", regions: [], ...tested },
        peak: "range",
        overrides: {},
        shots: [0],
      },
    ],
    variants: [{ name: "cl", overrides: {} }],
    seeds: [0],
  };
  const files = await hashDataSets(file.data, folder);
  for (const run of ablationGrid(file, methods)) checkApart(run, files.get(run.data)!, folder);
}

describe("a run that would be tested on what it is trained on is refused:", () => {
  const noisy = ["a.tif"];
  const cases: [Parameters<typeof check>[0], Part][] = [
    [{ noisy }, { noisy }],
    [{ noisy }, { noisy: ["c.tif", "./a.tif#3"] }],
    [{ noisy }, { noisy: [join(folder, "a.tif")] }],
    [{ noisy }, { noisy: ["copy.tif"] }],
    [{ noisy: ["a.tif#0-5"] }, { noisy: ["a.tif#5-9"] }],
    [
      { noisy, regions: ["top"] },
      { noisy, regions: ["left"] },
    ],
    [
      { noisy, regions: ["top-left"] },
      { noisy, regions: ["right", "top"] },
    ],
    [{ noisy, regions: ["top"] }, { noisy }],
    [
      { noisy, clean: ["c.tif"] },
      { noisy: ["b.tif"], clean: ["c.tif"] },
    ],
  ];
  test.each(cases)("trained on %j, tested on %j", async (train, tested) => {
    await expect(check(train, tested)).rejects.toThrow(
      /^mine cl, all pages, seed 0: .*\.tif.* is tested on, and .*\.tif.* is trained on, which have pixels in common; test on other files/,
    );
  });

  test("in words that name the files and their parts", async () => {
    await expect(
      check({ noisy, regions: ["top"] }, { noisy: ["copy.tif#2"], regions: ["left"] }),
    ).rejects.toThrow("copy.tif#2 (left) is tested on, and a.tif (top) is trained on");
  });
});

test.each<[Parameters<typeof check>[0], Part]>([
  [{ noisy: ["a.tif"] }, { noisy: ["b.tif"] }],
  [{ noisy: ["a.tif#0-5"] }, { noisy: ["a.tif#6-9"] }],
  [
    { noisy: ["a.tif"], clean: ["c.tif#0-5"] },
    { noisy: ["b.tif"], clean: ["c.tif#6"] },
  ],
  [
    { noisy: ["a.tif"], regions: ["right"] },
    { noisy: ["a.tif"], regions: ["top-left", "bottom-left"] },
  ],
])("trained on %j, tested on %j: nothing in common", async (train, tested) => {
  await expect(check(train, tested)).resolves.toBeUndefined();
});
