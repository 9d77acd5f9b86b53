import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Configuration } from "@clidim/clidim";
import { clidim } from "@clidim/clidim";
import { dataSetNames, dataSets, overlappingRegions } from "@clidim/imaging";
import { fetchData } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { zenodoServer } from "@clidim/testing/zenodoServer";
import { zipArchive } from "@clidim/testing/zipArchive";
import { describe, expect, test } from "vitest";
import { type AblationFile, parseAblation } from "../../src/ablation/ablationFile.js";
import { type AblationRun, ablationGrid } from "../../src/ablation/grid.js";
import { publishedColumns } from "../../src/ablation/published.js";
import { parseConfiguration } from "../../src/configuration/configuration.js";

/** The keys of CLIDiM. */
const ofClidim = ({ configuration }: AblationRun): Configuration => parseConfiguration(clidim, configuration);

const shipped = (name: string): AblationFile =>
  parseAblation(readFileSync(new URL(`../../../../docs/ablations/${name}`, import.meta.url), "utf8"), name);

describe("table1.yaml", () => {
  const file = shipped("table1.yaml");

  test("is the grid of the paper's Table I, three times", () => {
    const runs = ablationGrid(file, methods);
    expect(runs).toHaveLength(3 * 5 * 3 * 3);
    const terms = runs
      .slice(0, 5)
      .map((run) => ({ variant: run.variant, ...ofClidim(run) }))
      .map(({ variant, weights, contrastive }) => [
        variant,
        [contrastive.mode === "disc" && "cl", weights.tv > 0 && "tv", weights.ssim > 0 && "ssim"].filter(
          Boolean,
        ),
      ]);
    expect(terms).toEqual([
      ["baseline", []],
      ["tv", ["tv"]],
      ["ssim", ["ssim"]],
      ["cl", ["cl"]],
      ["cl+tv+ssim", ["cl", "tv", "ssim"]],
    ]);
    for (const configuration of runs.map(ofClidim)) {
      expect(configuration.weights).toMatchObject({ gan: 1, l1: 100 });
      expect(configuration.selection).toBe("last");
    }
    expect([...new Set(runs.map(({ shots }) => shots))]).toEqual([0, 32, 16]);
  });

  test("has what is known of the paper's figures", () => {
    const [columns, ...others] = file.data.map(({ name }) => publishedColumns(file.published, name));
    expect([columns, ...others].map((of) => of!.map(({ header }) => header))).toEqual([
      ["paper, all: PSNR"],
      ["paper, all: PSNR"],
      ["paper, all: PSNR"],
    ]);
    expect(Object.fromEntries(others[0]![0]!.figures)).toEqual({
      cl: 33.46,
      "cl+tv+ssim": 33.42,
      "paper, Table II, its own metric": 33.46,
    });
  });

  test("nothing that is tested on is trained on", () => {
    for (const { data, configuration } of ablationGrid(file, methods)) {
      expect(data.train.noisy).toEqual(data.test.noisy);
      expect(configuration.regions.length).toBeGreaterThan(0);
      expect(data.test.regions.length).toBeGreaterThan(0);
      expect(overlappingRegions([...configuration.regions, ...data.test.regions])).toBeUndefined();
    }
  });

  test("its paths are those that fetch unpacks to", async () => {
    const out = temporaryFolder();
    for (const name of dataSetNames) {
      const { archive, noisy, calibration } = dataSets[name];
      const packed = [noisy, calibration].map((file) => ({
        name: `${archive.replace(/\.zip$/, "")}/${file}`,
        data: Buffer.from(file),
      }));
      const server = await zenodoServer(zipArchive(packed), archive);
      const fetched = await fetchData({ dataSet: name, out, baseUrl: server.baseUrl });
      const data = file.data.find((set) => set.name === name);
      expect(data?.train.noisy.map((path) => join(path))).toEqual([relative(out, fetched.noisy)]);
    }
    expect(file.data).toHaveLength(dataSetNames.length);
  });
});

/** The pages of files, by name. */
const pagesIn = (specs: readonly string[]): string[] =>
  specs.flatMap((spec) => {
    const [path, range = ""] = spec.split("#");
    const [first, last = first] = range === "" ? [0, 0] : range.split("-").map(Number);
    return Array.from(
      { length: last! - first! + 1 },
      (_, i) => `${path} ${range === "" ? "whole" : first! + i}`,
    );
  });

test("methods.yaml trains every variant for 1500 updates or more, and on nothing that is tested", () => {
  const file = shipped("methods.yaml");
  for (const { title, configuration } of ablationGrid(file, methods)) {
    expect(configuration.updates, title).toBeGreaterThanOrEqual(1500);
  }
  for (const { train, test: tested } of file.data) {
    const trained = new Set(pagesIn(train.noisy));
    expect(pagesIn(tested.noisy).filter((page) => trained.has(page))).toEqual([]);
  }
});

test("table2.yaml has the data and the parts of table1.yaml, and the noise that fetched calibrations tell", () => {
  const [one, two] = ["table1.yaml", "table2.yaml"].map(shipped);
  expect(two!.data.map(({ noise: _noise, ...data }) => data)).toEqual(
    one!.data.map((data) => ({ ...data, shots: [0] })),
  );
  const text = readFileSync(new URL("../../../../docs/ablations/table2.yaml", import.meta.url), "utf8");
  for (const name of dataSetNames) {
    expect(text).toContain(`data/${name}/${dataSets[name].calibration} --out data/${name}/noise.json`);
  }
});

test("fmd-w2s.yaml tests on fields and pages that it does not train on", () => {
  const file = shipped("fmd-w2s.yaml");
  for (const { train, test: tested } of file.data) {
    const trained = new Set(pagesIn(train.noisy));
    expect(pagesIn(tested.noisy).filter((page) => trained.has(page))).toEqual([]);
  }
  const variants = ablationGrid(file, methods).filter(
    ({ data, shots }) => data.name === "w2s" && shots === 0,
  );
  expect(
    variants.map((run) => {
      const { weights, contrastive } = ofClidim(run);
      return [run.variant, weights.gan > 0, contrastive.mode];
    }),
  ).toEqual([
    ["l1", false, "off"],
    ["baseline", true, "off"],
    ["cl", true, "disc"],
    ["cl+tv+ssim", true, "disc"],
  ]);
});

const names = readdirSync(new URL("../../../../docs/ablations", import.meta.url));

test.each(names)("every run of %s has a configuration, and docs/ablation.md names the file", (name) => {
  expect(ablationGrid(shipped(name), methods).length).toBeGreaterThan(0);
  const page = readFileSync(new URL("../../../../docs/ablation.md", import.meta.url), "utf8");
  expect(page).toContain(`](ablations/${name})`);
});

test("search.yaml has each of its variants once, none of them as another one", () => {
  const runs = ablationGrid(shipped("search.yaml"), methods).filter(({ data }) => data.name === "w2s");
  const configurations = runs.map(({ configuration }) => JSON.stringify(configuration));
  expect(new Set(configurations).size).toBe(runs.length);
});
