import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { castImage, counterRandom, type Image, type Plane } from "@clidim/imaging";
import { openStack, writeImageFile } from "@clidim/imaging/node";
import { bm3d, methods } from "@clidim/methods";
import { methodThreads } from "@clidim/methods/node";
import { readSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { evaluateFiles } from "../../src/evaluation/evaluateFiles.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import { type BlendedPage, blendWeight } from "../../src/model/blendWeight.js";
import { writeDescribed } from "../../src/model/describedSafetensors.js";
import { blendText, type ModelBlend } from "../../src/model/modelBlend.js";
import { importModel } from "../../src/model/modelFile.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { type Manifest, readManifest } from "../../src/training/manifest.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "./tinyData.js";

const random = counterRandom(7);
const SIDE = 12;
const plane = (value: (i: number) => number): Plane => ({
  ...{ width: SIDE, height: SIDE },
  data: Float64Array.from({ length: SIDE * SIDE }, (_, i) => value(i)),
});
const page = (brightness: number, network: number, classical: number): BlendedPage => {
  const clean = plane((i) => brightness * (2 + Math.sin(i / 5)));
  const off = (error: number): Plane =>
    plane((i) => clean.data[i]! + error * brightness * (random.normal() + 0.3));
  return { clean, network: off(network), classical: off(classical) };
};

describe("the weight of a method in a mean with the network", () => {
  const pages = [page(1, 0.1, 0.14), page(1000, 0.2, 0.2), page(30, 0.1, 0.3)];
  /** The mean of what is left of the squared error of each page. */
  const left = (weight: number, given = pages): number =>
    given.reduce((sum, { clean, network, classical }) => {
      let [own, blended] = [0, 0];
      for (let i = 0; i < clean.data.length; i++) {
        const mean = (1 - weight) * network.data[i]! + weight * classical.data[i]!;
        own += (network.data[i]! - clean.data[i]!) ** 2;
        blended += (mean - clean.data[i]!) ** 2;
      }
      return sum + blended / own / given.length;
    }, 0);

  test("is that of a search over all of them, pages counting alike", () => {
    const { weight, error } = blendWeight(pages);
    const weights = Array.from({ length: 5001 }, (_, i) => i / 10_000);
    const best = weights.reduce((least, next) => (left(next) < left(least) ? next : least));
    expect(best).toBeGreaterThan(0.05);
    expect(best).toBeLessThan(0.45);
    expect(Math.abs(weight - best)).toBeLessThan(1e-4);
    expect(error).toBeCloseTo(left(weight), 9);
  });

  test("is 0 where the other errs as the network does and more, and a half at most", () => {
    const [own] = pages;
    const worse = plane((i) => 3 * own!.network.data[i]! - 2 * own!.clean.data[i]!);
    expect(blendWeight([{ ...own!, classical: worse }])).toEqual({ weight: 0, error: 1 });
    const perfect = { ...own!, classical: own!.clean };
    expect(blendWeight([perfect]).weight).toBe(0.5);
    expect(blendWeight([perfect]).error).toBeCloseTo(left(0.5, [perfect]), 9);
    for (const other of [own!.network, own!.clean]) {
      expect(blendWeight([{ ...own!, network: other, classical: other }])).toEqual({ weight: 0, error: 1 });
    }
  });

  test("is said in a sentence", () => {
    const blend: ModelBlend = {
      ...{ method: "bm3d@1", parameters: { strength: 1 }, weight: 0.258, pages: 2, error: 0.982 },
    };
    expect(blendText(blend, bm3d)).toBe(
      "results are 0.74 times the network's plus 0.26 times those of BM3D (strength 1.00 of the noise), which leaves 1.8 % less squared error on 2 held-out images",
    );
    expect(blendText({ ...blend, weight: 0, pages: 1, error: 1 }, bm3d)).toBe(
      "results are the network's alone: a mean with BM3D is no better on 1 held-out image",
    );
  });
});

describe("a training whose results are to be a mean", () => {
  const folder = temporaryFolder();
  const at = (...names: string[]): string => join(folder, ...names);
  const file = at("with", "model.safetensors");
  let data: TinyData;
  let run: Omit<TrainOptions, "out">;
  let blend: ModelBlend;
  let manifest: Manifest;
  const pagesOf = async (path: string): Promise<Image[]> => {
    const stack = await openStack(path);
    const pages: Image[] = [];
    for (let i = 0; i < stack.pageCount; i++) pages.push(await stack.readPage(i, { missing: "keep" }));
    await stack.close();
    return pages;
  };
  const denoised = async (out: string, options: Partial<DenoiseFilesOptions>): Promise<Image[]> => {
    const how = options.method ? options : { methods, model: at("with"), ...options };
    // One of the members of the union, by what the caller gives.
    const all = { files: [at("noisy.tif")], out: at(out), ...how } as DenoiseFilesOptions;
    return pagesOf((await denoiseFiles(all)).denoised[0]!.output);
  };
  const expectBlended = (mean: Image, network: Image, classical: Image, weight: number): void => {
    mean.data.forEach((value, i) => {
      const expected = (1 - weight) * network.data[i]! + weight * classical.data[i]!;
      expect(Math.abs(value - expected)).toBeLessThan(1e-6 * Math.abs(expected));
    });
  };

  beforeAll(async () => {
    data = await writeTinyData(at("data"));
    const overrides = { ...tiny, weights: { gan: 0 }, blend: "bm3d" };
    run = { method: clidim, ...data, overrides, classical: methods.classical };
    ({ manifest } = await train({ ...run, out: at("with") }));
    blend = importModel(readFileSync(file), methods).blend!;
    const pages = await pagesOf(data.noisy[0]!);
    await writeImageFile(
      at("noisy.tif"),
      pages.map((one) => castImage(one, "float32")),
    );
  });

  test("has it in model and manifest, the weights being what they are without", async () => {
    expect(blend).toMatchObject({ method: "bm3d@1", parameters: { strength: 1 }, pages: 2 });
    // Six updates make no denoiser.
    expect(blend.weight).toBeGreaterThan(0.1);
    expect(blend.error).toBeLessThan(1);
    expect(await readManifest(at("with", "manifest.json"), clidim)).toMatchObject({ blend });
    const out = at("without");
    const without = await train({ ...run, out, overrides: { ...run.overrides, blend: "none" } });
    expect(tensorsOf(file)).toEqual(tensorsOf(join(out, "model.safetensors")));
    expect(without.manifest.blend).toBeUndefined();
    expect(manifest.comparison!.model.psnr).toBeGreaterThan(without.manifest.comparison!.model.psnr);
  });

  test("is what its files say; one that is damaged, or of a method that is not known, is refused", async () => {
    const { tensors, metadata } = readSafetensors(readFileSync(file));
    const { blend: _left, ...old } = metadata;
    expect(importModel(writeDescribed(tensors, old), methods).blend).toBeUndefined();
    for (const damaged of [{ ...blend, weight: 0.6 }, { weight: 0.1 }]) {
      const bytes = writeDescribed(tensors, { ...metadata, blend: JSON.stringify(damaged) });
      expect(() => importModel(bytes, methods, "m")).toThrow(/^m: the metadata's blend is not one: /);
    }
    // As in a browser that has the one method alone.
    const alone = methodRegistry([clidim]);
    expect(importModel(readFileSync(file), alone).blend).toEqual(blend);
    await expect(denoised("unknown", { methods: alone })).rejects.toThrow(
      /a mean with those of bm3d@1, this program knows no method without training; install .*, or apply the network alone \(blend false\)/,
    );
  });

  test("is denoised by both, of several models by each, with any part of a page in memory", async () => {
    const phases: number[] = [];
    const network = await denoised("network", { blend: false });
    const classical = await denoised("classical", { method: bm3d });
    const mean = await denoised("mean", {});
    expect(mean).toHaveLength(2);
    for (const i of [0, 1]) expectBlended(mean[i]!, network[i]!, classical[i]!, blend.weight);
    expect(await denoised("bands", { largestPage: 500 })).toEqual(mean);
    const threads = methodThreads(2);
    const begun = vi.spyOn(threads, "run");
    expect(await denoised("threads", { threads })).toEqual(mean);
    expect(begun).toHaveBeenCalledTimes(2);
    const two = await denoised("two", { model: [at("with"), at("without")], uncertainty: 2 });
    for (const i of [0, 1]) expectBlended(two[i]!, network[i]!, classical[i]!, blend.weight / 2);
    const same = await denoised("same", { model: [at("with"), at("with")] });
    same.forEach((one, i) => {
      expectBlended(one, network[i]!, classical[i]!, blend.weight);
    });
    await denoiseFiles(
      { methods, model: at("with"), files: [at("noisy.tif")], out: at("told"), report: true },
      { onProgress: ({ done, passes }) => phases.push(done, passes) },
    );
    expect(phases.at(-2)).toBe(4);
    expect(phases.at(-1)).toBe(2);
    const text = readFileSync(at("told", "denoised.json"), "utf8");
    const { results } = JSON.parse(text) as { results: { channels: { options: object }[] }[] };
    expect(results[0]!.channels[0]!.options).toEqual({ blend: `${blend.weight.toFixed(2)} of bm3d@1` });
    const report: unknown = JSON.parse(readFileSync(at("told", "noisy.report.json"), "utf8"));
    expect(report).toMatchObject({ blend: blendText(blend, bm3d) });
    expect(readFileSync(at("told", "noisy.report.html"), "utf8")).toContain("A mean: results are 0.");
  });

  test("leaves pixels without a value as they are, and pages that are too small to the network", async () => {
    const [first] = await pagesOf(at("noisy.tif"));
    const gaps = Float32Array.from(first!.data);
    for (const pixel of [0, 700, 701]) gaps[pixel] = Number.NaN;
    await writeImageFile(at("gaps.tif"), [{ ...castImage(first!, "float32"), data: gaps }]);
    const files = [at("gaps.tif")];
    const [whole] = await denoised("gaps", { files });
    expect([...whole!.data].flatMap((value, i) => (Number.isNaN(value) ? [i] : []))).toEqual([0, 700, 701]);
    expect(await denoised("gaps-bands", { files, largestPage: 500 })).toEqual([whole]);

    const small = { ...castImage(first!, "float32"), width: 48, height: 12 };
    await writeImageFile(at("small.tif"), [{ ...small, data: small.data.slice(0, 48 * 12) }]);
    const warnings: string[] = [];
    const options = { methods, model: at("with"), files: [at("small.tif")] };
    await denoiseFiles(
      { ...options, out: at("small") },
      { onWarning: (sentence) => warnings.push(sentence) },
    );
    await denoiseFiles({ ...options, out: at("small-network"), blend: false });
    expect(await pagesOf(at("small", "small.tif"))).toEqual(await pagesOf(at("small-network", "small.tif")));
    expect(warnings.join("\n")).toMatch(
      /small\.tif is 48 x 12 pixels; the result is the network's alone, as BM3D, which it would be a mean with, needs at least 16 x 16/,
    );
  });

  test("is evaluated by what denoise makes of the held-out files", async () => {
    const held = data.noisy.findIndex((path) => manifest.data.split.validation[0]!.startsWith(path));
    const noisy = at("held.tif");
    await writeImageFile(
      noisy,
      (await pagesOf(data.noisy[held]!)).map((one) => castImage(one, "float32")),
    );
    await denoised("held", { files: [noisy] });
    const { mean } = await evaluateFiles({
      prediction: [at("held", "held.tif")],
      clean: [data.clean[held]!],
    });
    expect(manifest.comparison!.model.psnr).toBeCloseTo(mean.prediction.psnr, 4);
    expect(manifest.comparison!.model.ssim).toBeCloseTo(mean.prediction.ssim, 5);
  });

  test("goes on after an interruption and ends with the same file, bit by bit", async () => {
    const out = at("stopped");
    const controller = new AbortController();
    const { completed } = await train(
      { ...run, out },
      {
        signal: controller.signal,
        onProgress: ({ update }) => {
          if (update >= 3) controller.abort();
        },
      },
    );
    expect(completed).toBe(false);
    expect(importModel(readFileSync(join(out, "model.safetensors")), methods).blend).toBeUndefined();
    await train({ ...run, out, resume: true });
    expect(readFileSync(join(out, "model.safetensors"))).toEqual(readFileSync(file));
  });

  test("says where there is none, and refuses a method that is not given", async () => {
    const warnings: string[] = [];
    const hooks = { onWarning: (sentence: string) => warnings.push(sentence) };
    const overrides = { ...run.overrides, updates: 1 };
    const { classical: _left, ...without } = run;
    await train({ ...without, overrides, out: at("not-given") }, hooks);
    expect(warnings).toContain(
      "blend is bm3d, but no methods without training are given (classical): results of the model are the network's alone",
    );
    await train({ ...run, overrides, out: at("nothing-held"), validation: 0 }, hooks);
    expect(warnings.at(-1)).toMatch(
      /^results are the network's alone, without BM3D \(key blend\): .*, and no image with a clean one is held out$/,
    );
    const misspelt = { ...overrides, blend: "bm4d" };
    await expect(train({ ...run, overrides: misspelt, out: at("misspelt") })).rejects.toThrow(
      /^blend is "bm4d"; allowed: none, .*bm3d/,
    );
    const shouted = { ...overrides, blend: "BM3D" };
    await expect(train({ ...run, overrides: shouted, out: at("shouted") })).rejects.toThrow(
      /none, or the name of a method without training/,
    );
  });
});
