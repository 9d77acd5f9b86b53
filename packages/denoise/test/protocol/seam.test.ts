import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { makeFolder, readStack } from "@clidim/imaging/node";
import { gaussian } from "@clidim/methods";
import { evaluate, tensor } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { ablate } from "../../src/ablation/ablate.js";
import { layerConfiguration, resolveConfiguration } from "../../src/configuration/configuration.js";
import {
  formatConfigurationYaml,
  parseConfigurationYaml,
} from "../../src/configuration/configurationYaml.js";
import { describeConfiguration } from "../../src/configuration/describeConfiguration.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { openDevice } from "../../src/machine/openDevice.js";
import { loadModel } from "../../src/model/loadModel.js";
import { exportModel, importModel } from "../../src/model/modelFile.js";
import type { TrainedMethod } from "../../src/protocol/method.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { exportCheckpoint } from "../../src/training/checkpoint.js";
import { readManifest } from "../../src/training/manifest.js";
import { MetricsLog, score } from "../../src/training/metricsLog.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import { initialTrainingState } from "../../src/training/trainingState.js";
import { tuneKernels } from "../../src/training/tuneKernels.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "../training/tinyData.js";
import { fictitious } from "./fictitious.js";

const blind = fictitious("none");
const paired = fictitious("clean");
const captured = fictitious("capture");
const methods = methodRegistry([clidim, blind, paired, captured, gaussian]);
const all: readonly (readonly [string, TrainedMethod])[] = [
  ["on noisy images alone", blind],
  ["on pairs", paired],
  ["on other captures", captured],
];

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
let data: TinyData;

/** What a run of a method is given. */
const runOf = (method: TrainedMethod, out: string): TrainOptions => ({
  method,
  noisy: data.noisy,
  ...(method.target === "clean" && { clean: data.clean }),
  out,
  overrides: { updates: 40 },
  validation: 0.3,
  seed: 3,
});

beforeAll(async () => {
  data = await writeTinyData(at("data"), 4);
  for (const [, method] of all) await train(runOf(method, at(method.name)));
});

describe.each(all)("a method that nobody has heard of, trained %s", (_, method) => {
  const { name } = method;

  test("learns, is validated by the figures of its target, and the best model is kept", async () => {
    const manifest = await readManifest(at(name, "manifest.json"), method);
    expect(manifest).toMatchObject({
      method: `${name}@1`,
      status: "completed",
      updates: { done: 40, total: 40 },
    });
    expect(manifest.data.clean).toEqual(method.target === "clean" ? expect.any(Array) : "none");
    const log = await MetricsLog.resume(at(name, "metrics.jsonl"), 40);
    const lines = readFileSync(at(name, "metrics.jsonl"), "utf8").trimEnd().split("\n");
    const losses = lines.map((line) => JSON.parse(line).losses);
    expect(Object.keys(losses[0])).toEqual(["error"]);
    expect(losses.at(-1).error).toBeLessThan(losses[0].error);
    const figures = log.figures();
    expect(figures.map(({ update }) => update)).toEqual([10, 20, 30, 40]);
    const kind = method.target === "clean" ? ["psnr", "ssim", "update"] : ["loss", "update"];
    for (const entry of figures) expect(Object.keys(entry).toSorted()).toEqual(kind);
    const best = figures.reduce((top, next) => (score(next) > score(top) ? next : top));
    expect(score(best)).toBeGreaterThan(score(figures[0]!));
    expect(manifest).toMatchObject({ kept: best.update, validation: { best, last: figures.at(-1) } });
    expect(manifest.validation?.noisy === null).toBe(method.target !== "clean");
    expect(existsSync(at(name, "preview.png"))).toBe(true);
  });

  test("goes on where it was interrupted or killed, and ends the same, bit for bit", async () => {
    const controller = new AbortController();
    const out = at(`${name}-interrupted`);
    const { completed } = await train(
      { ...runOf(method, out), checkpointEvery: { updates: 7 } },
      {
        signal: controller.signal,
        onProgress: ({ update }) => {
          // As it is on disk between two checkpoints, which is all that a killed process leaves.
          if (update >= 12 && !existsSync(at(`${name}-killed`))) {
            cpSync(out, at(`${name}-killed`), { recursive: true });
          }
          if (update >= 25) controller.abort();
        },
      },
    );
    expect(completed).toBe(false);
    for (const stopped of [out, at(`${name}-killed`)]) {
      const before = await readManifest(join(stopped, "manifest.json"), method);
      expect(before.updates.done).toBeGreaterThan(0);
      expect(before.updates.done).toBeLessThan(40);
      await train({ ...runOf(method, stopped), resume: true });
      for (const file of ["checkpoint.safetensors", "model.safetensors"]) {
        expect(tensorsOf(join(stopped, file))).toEqual(tensorsOf(at(name, file)));
      }
      expect(readdirSync(stopped)).toEqual(readdirSync(at(name)));
    }
  });

  test("makes a model file that is read, applied to images, and written again", async () => {
    const model = await loadModel(at(name), methods);
    expect(model).toMatchObject({ method: { name }, configuration: { updates: 40, kernel: 1 } });
    const {
      denoised: [result],
    } = await denoiseFiles({
      methods,
      model: at(name),
      files: [data.noisy[3]!],
      out: at(`${name}-denoised`),
      ensemble: true,
      report: true,
      ...(method.target !== "clean" && { uncertainty: 2 }),
    });
    const [before, after] = [await readStack(data.noisy[3]!), await readStack(result!.output)];
    expect(after).toMatchObject({ width: before.width, height: before.height, dtype: before.dtype });
    expect(after.pages).not.toEqual(before.pages);
    expect(existsSync(result!.report!)).toBe(true);
    expect(result!.scatter !== undefined).toBe(method.target !== "clean");

    const bytes = await exportModel(model.variables, model);
    const again = importModel(bytes, methods, "again");
    expect(again.configuration).toEqual(model.configuration);
    expect(again.provenance).toEqual(model.provenance);
    writeFileSync(at("again.safetensors"), bytes);
    expect(tensorsOf(at("again.safetensors"))).toEqual(tensorsOf(at(name, "model.safetensors")));
    const x = tensor(new Float32Array(64).fill(0.25), { shape: [1, 8, 8, 1] });
    const applied = [model, again].map(({ variables }) => method.apply(model.configuration)(variables, x));
    await evaluate(applied);
    expect(await applied[1]!.data()).toEqual(await applied[0]!.data());
  });

  test("has its keys in files and listings", () => {
    const file = parseConfigurationYaml(`method: ${name}\npreset: wide\nupdates: 5\n`, "run.yaml");
    const resolved = layerConfiguration(method, { file, flags: { batch: 2 } });
    expect(resolved.configuration).toMatchObject({ preset: "wide", kernel: 2, updates: 5, batch: 2 });
    expect(resolved.sources).toMatchObject({
      kernel: "preset",
      updates: "file",
      batch: "flag",
      crop: "default",
    });
    const text = formatConfigurationYaml(method, resolved);
    expect(text).toContain("kernel: 2 # preset");
    const read = layerConfiguration(method, { file: parseConfigurationYaml(text, "again.yaml") });
    expect(read.configuration).toEqual(resolved.configuration);
    const kernel = describeConfiguration(method).find(({ key }) => key === "kernel");
    expect(kernel).toMatchObject({ default: 1, presets: { wide: 2 }, allowed: "a whole number from 1 to 5" });
    expect(() => resolveConfiguration(method, "plain", { kernel: 9 })).toThrow(
      "configuration: kernel is 9; allowed: a whole number from 1 to 5",
    );
  });

  test("has its kernels tuned", async () => {
    // The adapter is found through the real cache directory.
    await openDevice();
    const cache = await mkdtemp(join(tmpdir(), "clidim-tiles-"));
    vi.stubEnv("XDG_CACHE_HOME", cache);
    try {
      const { products, file } = await tuneKernels(method, resolveConfiguration(method, "plain"));
      expect(products.map(({ product }) => product).join("\n")).toContain("conv2d");
      expect(file.startsWith(cache)).toBe(true);
    } finally {
      vi.unstubAllEnvs();
      await rm(cache, { recursive: true });
    }
  });
});

test("methods that nobody has heard of are ablated beside one that is known", async () => {
  const config = at("ablation.yaml");
  const list = (kind: string, scenes: readonly number[]): string =>
    `[${scenes.map((scene) => `data/scene0${scene}-${kind}.tif`).join(", ")}]`;
  writeFileSync(
    config,
    `
method: clidim
overrides: { updates: 10, batch: 2, crop: 32, ngf: ${tiny.ngf}, ndf: ${tiny.ndf}, downs: ${tiny.downs} }
validation: 0.3
baselines: false
data:
  - name: simulated
    train: { noisy: ${list("noisy", [0, 1, 2])}, clean: ${list("clean", [0, 1, 2])} }
    test: { noisy: ${list("noisy", [3])}, clean: ${list("clean", [3])} }
variants:
  - name: known
    overrides: { blend: none } # BM3D is not among these methods
  - name: blind
    method: ${blind.name}
    preset: wide
    overrides: { learningRate: 0.01 }
  - name: paired
    method: ${paired.name}
`,
  );
  const { tables } = await ablate({ methods, config, out: at("ablation") });
  expect(tables[0]!.rows.map(([name]) => name)).toEqual([
    "noisy",
    "Gaussian blur *",
    "known",
    "blind",
    "paired",
  ]);
  for (const [name, method, values] of [
    ["blind", blind, { updates: 10, batch: 2, crop: 32, kernel: 2, learningRate: 0.01 }],
    ["paired", paired, { updates: 10, batch: 2, crop: 32, kernel: 1 }],
  ] as const) {
    const manifest = at("ablation", "runs", "simulated", name, "all-seed0", "manifest.json");
    expect((await readManifest(manifest, method)).configuration).toMatchObject(values);
  }
  const again = await ablate(
    { methods, config, out: at("ablation") },
    {
      onRun: ({ title }) => {
        throw new Error(`${title} is done again`);
      },
    },
  );
  expect(again.tables).toEqual(tables);
});

test("second captures in files of their own are trained towards, gone on with and ablated", async () => {
  const numbers = [0, 1, 2, 3].map((i) => `data/scene0${i}-noisy.tif`);
  const split = (page: number): string[] => numbers.map((name) => `${at(name)}#${page}`);
  const run: TrainOptions = {
    ...{ method: captured, noisy: split(0), second: split(1), out: at("pairs"), validation: 0.3, seed: 3 },
    overrides: { updates: 40 },
  };
  const controller = new AbortController();
  const onProgress = ({ update }: { readonly update: number }): void => {
    if (update >= 20) controller.abort();
  };
  await train(run, { signal: controller.signal, onProgress });
  await expect(train({ ...run, second: split(0), resume: true })).rejects.toThrow(
    /identical, pixel for pixel/,
  );
  await expect(train({ ...run, second: split(1).toReversed(), force: true, resume: true })).rejects.toThrow(
    /the pages of .* differ|the contents of second file .* differ from those of/,
  );
  await train({ ...run, resume: true });
  const manifest = await readManifest(at("pairs", "manifest.json"), captured);
  expect(manifest.data.second?.map(({ name }) => name)).toEqual(split(1));
  expect(manifest.updates.done).toBe(40);
  // As the stacks of two pages, whose scenes are the same.
  expect(tensorsOf(at("pairs", "model.safetensors"))).toEqual(
    tensorsOf(at(captured.name, "model.safetensors")),
  );

  const config = at("pairs.yaml");
  const list = (page: number): string => `[${[0, 1, 2].map((i) => `${numbers[i]}#${page}`).join(", ")}]`;
  writeFileSync(
    config,
    `
method: ${captured.name}
overrides: { updates: 10 }
validation: 0.3
baselines: false
data:
  - name: pairs
    train: { noisy: ${list(0)}, second: ${list(1)}, clean: [${[0, 1, 2].map((i) => `data/scene0${i}-clean.tif`).join(", ")}] }
    test: { noisy: [${numbers[3]}], clean: [data/scene03-clean.tif] }
variants:
  - name: captures
`,
  );
  const { tables } = await ablate({ methods, config, out: at("ablation-pairs") });
  expect(tables[0]!.rows.map(([name]) => name)).toContain("captures");
});

describe("is refused in words:", () => {
  const out = (): string => at("refused");

  test("clean images for a method that takes none, and a test set that it does not look at", async () => {
    await expect(train({ ...runOf(blind, out()), clean: data.clean })).rejects.toThrow(
      "fictitious-none is trained on noisy images alone; leave out the clean ones",
    );
    await expect(train({ ...runOf(blind, out()), second: data.noisy })).rejects.toThrow(
      "Fictitious (none) is not trained towards other captures; leave out the second ones",
    );
    await expect(train({ ...runOf(blind, out()), test: { noisy: data.noisy } })).rejects.toThrow(
      /a test set is named, but selection validation does not look at one/,
    );
    expect(existsSync(out())).toBe(false);
  });

  test("scenes without another capture, and pages that are none, where a method is trained towards them", async () => {
    const single = data.noisy.map((file) => `${file}#0`);
    await expect(train({ ...runOf(captured, out()), noisy: single })).rejects.toThrow(
      /scene00-noisy\.tif#0: expected at least 2 noisy pages to train on, got 1; Fictitious \(capture\) is trained towards other captures of the same scene/,
    );
    // The second of four files is held out.
    const heldOut = data.noisy.map((file, i) => (i === 2 ? `${file}#0` : file));
    await expect(train({ ...runOf(captured, out()), noisy: heldOut })).rejects.toThrow(
      /scene02-noisy\.tif#0: expected another capture of what is held out, got none; Fictitious \(capture\) is judged by other captures/,
    );
    await expect(train({ ...runOf(captured, out()), overrides: { updates: 5, shots: 1 } })).rejects.toThrow(
      /shots is 1, but what is trained towards is made from at least 2 pages of a scene/,
    );
    await expect(train({ ...runOf(captured, out()), captures: ["Z"] })).rejects.toThrow(
      /scene00-noisy\.tif has pages along T .* captures are those along Z: Fictitious \(capture\) is trained towards other captures of a page; choose one time/,
    );
    expect(existsSync(out())).toBe(false);
    await makeFolder(at("captures"));
    const text = readFileSync(at("ablation.yaml"), "utf8");
    writeFileSync(
      at("captures", "ablation.yaml"),
      text
        .replace(`method: ${paired.name}`, `method: ${captured.name}`)
        .replace("data/scene00-noisy.tif", "data/scene00-noisy.tif#0"),
    );
    const config = at("captures", "ablation.yaml");
    await expect(ablate({ methods, config, data: folder, out: out() })).rejects.toThrow(
      /simulated paired.*: .*expected at least 2 noisy pages to train on, got 1/,
    );
    expect(existsSync(out())).toBe(false);
  });

  test("keys of another method", () => {
    expect(() => resolveConfiguration(blind, "plain", { ngf: 4 })).toThrow(
      /^configuration: ngf is not a key; allowed: preset, kernel, learningRate, /,
    );
    expect(() => resolveConfiguration(blind, "laptop")).toThrow(
      'configuration: preset is "laptop"; allowed: plain, wide',
    );
  });

  test("a run of another method that is to be gone on with", async () => {
    await expect(train({ ...runOf(paired, at(blind.name)), resume: true })).rejects.toThrow(
      /method was fictitious-none@1, is fictitious-clean@1; give the same options as before/,
    );
  });

  test("an uncertainty where nothing is drawn", async () => {
    const options = { methods, model: at(paired.name), files: [data.noisy[0]!], out: out(), uncertainty: 4 };
    await expect(denoiseFiles(options)).rejects.toThrow(
      "uncertainty: the model has nothing that is drawn; give several models, trained with other seeds",
    );
  });

  test("a model of a method that is not known, or not in this version; two methods of one name", async () => {
    const load = (registry: readonly TrainedMethod[]): Promise<unknown> =>
      loadModel(at(blind.name), methodRegistry(registry));
    await expect(load([clidim, paired])).rejects.toThrow(
      /model\.safetensors: method is "fictitious-none"; allowed: clidim, fictitious-clean$/,
    );
    await expect(load([fictitious("none", { version: 2 })])).rejects.toThrow(
      "it is of method fictitious-none@1, this program knows fictitious-none@2; install the version that wrote it, or train again",
    );
    expect(() => methodRegistry([blind, fictitious("clean", { name: blind.name })])).toThrow(
      "methodRegistry: two methods have the name fictitious-none",
    );
    expect(() => methodRegistry([blind, { ...paired, title: blind.title }])).toThrow(
      "methodRegistry: two methods have the title Fictitious (none)",
    );
    expect(() => methods.trainedNamed("gaussian")).toThrow(
      "method gaussian is not trained; methods that are: clidim, fictitious-none, fictitious-clean, fictitious-capture",
    );
  });

  test("a state that would be lost among what every checkpoint holds", async () => {
    const state = initialTrainingState(blind, resolveConfiguration(blind, "plain"), 0);
    for (const name of ["key", "best"]) {
      const twice = { ...state, method: { ...state.method, [name]: state.key } };
      await expect(exportCheckpoint(blind, twice)).rejects.toThrow(
        `checkpoint: the method's state has a member ${name}, which is a member of every checkpoint`,
      );
    }
  });

  test("a method in an ablation that there is not", async () => {
    await makeFolder(at("unknown"));
    writeFileSync(
      at("unknown", "ablation.yaml"),
      readFileSync(at("ablation.yaml"), "utf8").replace(`method: ${paired.name}`, "method: wishful"),
    );
    const config = at("unknown", "ablation.yaml");
    await expect(ablate({ methods, config, data: folder, out: out() })).rejects.toThrow(
      'method is "wishful"; allowed: clidim, fictitious-none, fictitious-clean, fictitious-capture',
    );
    expect(existsSync(out())).toBe(false);
  });
});
