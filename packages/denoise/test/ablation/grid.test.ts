import { type Configuration, clidim, contrastiveModes, presetNames, presets } from "@clidim/clidim";
import { methods } from "@clidim/methods";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AblationFile } from "../../src/ablation/ablationFile.js";
import { type AblationRun, ablationGrid } from "../../src/ablation/grid.js";
import {
  layerConfiguration,
  parseConfiguration,
  resolveConfiguration,
} from "../../src/configuration/configuration.js";
import { defaultMetrics } from "./results.js";

const images = { noisy: ["a.tif"], clean: "average" } as const;
const dataSet = (name: string, shots: readonly number[], overrides = {}): AblationFile["data"][number] => ({
  name,
  train: images,
  test: { ...images, regions: [] },
  peak: "range",
  overrides,
  shots,
});
/** The keys of CLIDiM. */
const ofClidim = ({ configuration }: AblationRun): Configuration => parseConfiguration(clidim, configuration);

const file: AblationFile = {
  method: "clidim",
  preset: "laptop",
  overrides: { updates: 500, weights: { tv: 0 } },
  validation: 0.2,
  baselines: true,
  metrics: defaultMetrics,
  published: [],
  data: [dataSet("fmd", [0, 16]), dataSet("w2s", [0], { ngf: 8, weights: { l1: 7 } })],
  variants: [
    { name: "l1", overrides: { weights: { gan: 0, ssim: 0 } } },
    { name: "cl+tv", overrides: { contrastive: { mode: "disc" }, weights: { tv: 3 } } },
  ],
  seeds: [0, 1],
};

describe("the grid", () => {
  test("is done seed by seed, then data set by data set, shots and variants", () => {
    const seed = (n: number): string[] => [
      `fmd l1, all pages, seed ${n}`,
      `fmd cl+tv, all pages, seed ${n}`,
      `fmd l1, 16 shots, seed ${n}`,
      `fmd cl+tv, 16 shots, seed ${n}`,
      `w2s l1, all pages, seed ${n}`,
      `w2s cl+tv, all pages, seed ${n}`,
    ];
    const runs = ablationGrid(file, methods);
    expect(runs.map(({ title }) => title)).toEqual([...seed(0), ...seed(1)]);
    expect(runs[3]!.folder.split(/[/\\]/)).toEqual(["runs", "fmd", "cl+tv", "16-seed0"]);
    expect(runs.every(({ validation }) => validation === 0.2)).toBe(true);
  });

  test("a variant's values go over the data set's, these over those of all, record by record", () => {
    const runs = ablationGrid(file, methods);
    const { weights } = resolveConfiguration(clidim, "laptop");
    const find = (title: string) => runs.find((run) => run.title === title)!.configuration;
    expect(find("w2s l1, all pages, seed 0")).toMatchObject({
      updates: 500,
      ngf: 8,
      shots: 0,
      weights: { ...weights, tv: 0, l1: 7, gan: 0, ssim: 0 },
      contrastive: { mode: "off" },
    });
    expect(find("fmd cl+tv, 16 shots, seed 1")).toEqual(
      resolveConfiguration(clidim, "laptop", {
        updates: 500,
        weights: { tv: 3 },
        contrastive: { mode: "disc" },
        shots: 16,
      }),
    );
  });

  test("a contrastive term of another mode does not inherit the keys of the one that is set for all", () => {
    const [run] = ablationGrid(
      {
        ...file,
        overrides: { contrastive: { mode: "disc", feature: "logits", temperature: 3 } },
        variants: [{ name: "supcon", overrides: { contrastive: { mode: "supcon" } } }],
      },
      methods,
    );
    expect(ofClidim(run!).contrastive).toMatchObject({
      mode: "supcon",
      feature: "bottleneck",
      temperature: 0.07,
    });
  });

  test("a contrastive term of the same mode keeps the keys that are set for all, as in other layers", () => {
    const common = { feature: "logits", temperature: 3 };
    const [run] = ablationGrid(
      {
        ...file,
        overrides: { contrastive: { mode: "disc", ...common } },
        variants: [{ name: "weak", overrides: { contrastive: { mode: "disc", weight: 0.5 } } }],
      },
      methods,
    );
    expect(ofClidim(run!).contrastive).toMatchObject({ mode: "disc", weight: 0.5, ...common });
    // The mode of the preset is no other one either.
    const [preset] = ablationGrid(
      {
        ...file,
        preset: "recommended",
        overrides: { contrastive: common },
        variants: [{ name: "weak", overrides: { contrastive: { mode: "disc" } } }],
      },
      methods,
    );
    expect(ofClidim(preset!).contrastive).toMatchObject(common);
  });

  test("a run's configuration comes to itself when it is layered over its preset", () => {
    for (const preset of presetNames) {
      for (const mode of contrastiveModes) {
        // It acts on the discriminator, which these presets have not.
        if (mode === "disc" && presets[preset].weights.gan === 0) continue;
        const layers = mode === "patchnce" && { layers: Math.min(4, presets[preset].downs) };
        const variants = [
          {
            name: mode,
            overrides: { contrastive: { mode, ...layers }, normalization: { mode: "minmax", scope: "data" } },
          },
        ];
        for (const { configuration } of ablationGrid({ ...file, preset, overrides: {}, variants }, methods)) {
          expect(layerConfiguration(clidim, { flags: configuration }).configuration).toEqual(configuration);
        }
      }
    }
  });

  test("names the data set and the variant whose configuration cannot be", () => {
    const wrong = { ...file, variants: [{ name: "odd", overrides: { weights: { l2: 1 } } }] };
    expect(() => ablationGrid(wrong, methods)).toThrow(
      /^fmd, odd: configuration: weights\.l2 is not a key; allowed: gan/,
    );
    expect(() => ablationGrid({ ...file, preset: "desk" }, methods)).toThrow(
      /fmd, l1: .*preset is "desk"; allowed: quick/,
    );
  });

  test("every combination has one run with a folder of its own", () => {
    const names = (prefix: string) =>
      fc.integer({ min: 1, max: 3 }).map((n) => Array.from({ length: n }, (_, i) => `${prefix}${i}`));
    const numbers = fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(names("d"), names("v"), numbers, numbers, (sets, variants, shots, seeds) => {
        const runs = ablationGrid(
          {
            ...file,
            data: sets.map((name) => dataSet(name, shots)),
            variants: variants.map((name) => ({ name, overrides: {} })),
            seeds,
          },
          methods,
        );
        expect(new Set(runs.map(({ folder }) => folder)).size).toBe(
          sets.length * variants.length * shots.length * seeds.length,
        );
        for (const { configuration, shots: own } of runs) expect(configuration.shots).toBe(own);
      }),
      { numRuns: 10 },
    );
  });
});
