import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { castImage, simulateScenes } from "@clidim/imaging";
import { makeFolder, readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { readSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { writeDescribed } from "../../src/model/describedSafetensors.js";
import { importModel } from "../../src/model/modelFile.js";
import { coverageText } from "../../src/model/modelUncertainty.js";
import { train } from "../../src/training/train.js";
import type { TrainResult } from "../../src/training/trainResult.js";
import { tensorsOf } from "./tinyData.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const SIDE = 96;
// Of nine scenes, six are trained on and two held out, one is for nobody but us.
const scenes = simulateScenes({ seed: 6, size: SIDE, scenes: 9, frames: 1 });
const noisy = scenes.map(({ name }) => at(`data/${name}.tif`));
const clean = scenes.map(({ name }) => at(`data/${name}-clean.tif`));
let result: TrainResult;
const path = at("model/model.safetensors");

beforeAll(async () => {
  await makeFolder(at("data"));
  for (const [i, scene] of scenes.entries()) {
    const page = castImage(scene.noisy[0]!, "float32");
    await writeImageFile(noisy[i]!, [page]);
    await writeImageFile(clean[i]!, [scene.clean]);
  }
  const overrides = { updates: 60, batch: 2, crop: 64, ngf: 4, ndf: 2, downs: 6, learningRate: 0.002 };
  result = await train({
    method: clidim,
    noisy: noisy.slice(0, 8),
    clean: clean.slice(0, 8),
    out: at("model"),
    preset: "laptop",
    overrides: { ...overrides, weights: { gan: 0, l1: 100 } },
    validation: 0.25,
  });
});

describe("a model that held out images with clean ones", () => {
  test("has a calibration, in manifest and model file, with its coverage", () => {
    const { uncertainty } = importModel(readFileSync(path), methods);
    expect(uncertainty).toMatchObject({ passes: 8, pages: 2, heldOut: "scenes" });
    expect(result.manifest.uncertainty).toEqual(uncertainty);
    const { coverage } = uncertainty!;
    expect(coverage.pixels).toBe(2 * SIDE * SIDE);
    expect(coverage.withinOne).toBeGreaterThan(0.6);
    expect(coverage.withinTwo).toBeGreaterThan(0.9);
    expect(coverageText(uncertainty!)).toMatch(
      /^on 2 held-out images, \d\d % of the errors were at most 1 and 9\d %/,
    );
  });

  test("is said not to hold for certain where grey values are not those of the training", async () => {
    const bright = at("data/bright.tif");
    const page = castImage(scenes[8]!.noisy[0]!, "float32");
    await writeImageFile(bright, [{ ...page, data: page.data.map((value) => 1.8 * value) }]);
    const asked = { methods, model: at("model"), out: at("bright"), uncertainty: 8, report: true };
    const { denoised } = await denoiseFiles({ ...asked, files: [bright, noisy[8]!] });
    expect(denoised[0]!.notes).toEqual([
      expect.stringMatching(
        /^.*brighter than .*; of the uncertainty: it was measured .* may not hold for these$/,
      ),
    ]);
    expect(denoised[1]!.notes).toBeUndefined();
    const [told, usual] = denoised.map((file) => readFileSync(file.report!, "utf8"));
    expect(told).toMatch(
      /as measured: .*; it was measured on images in the training.*may not hold for these/,
    );
    expect(usual).not.toMatch(/may not hold for these/);
  });

  test("is said to be of other results where the model is applied in other orientations", async () => {
    const sentences: string[] = [];
    const given = { methods, model: at("model"), files: [noisy[8]!], out: at("eight") };
    const { denoised } = await denoiseFiles(
      { ...given, uncertainty: 2, ensemble: true, report: true },
      { onWarning: (sentence) => sentences.push(sentence) },
    );
    const other =
      "; it was measured on results of 1 orientation, and the errors of means over 8 may be smaller";
    expect(sentences).toEqual([expect.stringMatching(/^the uncertainty is the standard deviation/)]);
    expect(sentences[0]).toContain(other);
    expect(readFileSync(denoised[0]!.report!, "utf8")).toContain(other);
  });

  test("covers the errors of an image that it has never seen, as promised", async () => {
    const sentences: string[] = [];
    const { denoised } = await denoiseFiles(
      { methods, model: at("model"), files: [noisy[8]!], out: at("out"), uncertainty: 8, report: true },
      { onWarning: (sentence) => sentences.push(sentence) },
    );
    const [file] = denoised;
    expect(file!.scatter).toBeUndefined();
    expect(file!.uncertainty).toBe(join(at("out"), "uncertainty", "scene08.tif"));
    expect(sentences.join("\n")).toMatch(
      /^the uncertainty is the standard deviation of the error, as measured: on 2/m,
    );
    const [page] = (await readStack(file!.output)).pages;
    const [map] = (await readStack(file!.uncertainty!)).pages;
    const truth = scenes[8]!.clean.data;
    let [one, two, errors, sigmas] = [0, 0, 0, 0];
    page!.data.forEach((value, i) => {
      const error = Math.abs(value - truth[i]!);
      const sigma = map!.data[i]!;
      one += error <= sigma ? 1 : 0;
      two += error <= 2 * sigma ? 1 : 0;
      errors += error * error;
      sigmas += sigma * sigma;
    });
    const { coverage } = result.manifest.uncertainty!;
    expect(Math.abs(one / truth.length - coverage.withinOne)).toBeLessThan(0.12);
    expect(Math.abs(two / truth.length - coverage.withinTwo)).toBeLessThan(0.08);
    expect(two / truth.length).toBeGreaterThan(0.88);
    expect(Math.sqrt(sigmas / errors)).toBeGreaterThan(0.7);
    expect(Math.sqrt(sigmas / errors)).toBeLessThan(1.8);
    expect(readFileSync(file!.report!, "utf8")).toMatch(
      /A map lies beside the result: the uncertainty is the standard/,
    );
  });

  test("is read without one as well; its weights are the same; one that is damaged is refused", async () => {
    const { tensors, metadata } = readSafetensors(readFileSync(path));
    const { uncertainty: _left, ...without } = metadata;
    const old = at("old.safetensors");
    writeFileSync(old, writeDescribed(tensors, without));
    expect(tensorsOf(old)).toEqual(tensorsOf(path));
    expect(importModel(readFileSync(old), methods).uncertainty).toBeUndefined();
    const { denoised } = await denoiseFiles({
      methods,
      ...{ model: old, files: [noisy[8]!], out: at("out-old"), uncertainty: 2 },
    });
    expect(denoised[0]!.scatter).toBe(join(at("out-old"), "scatter", "scene08.tif"));
    const damaged = writeDescribed(tensors, { ...metadata, uncertainty: '{"values":[1]}' });
    expect(() => importModel(damaged, methods, "m")).toThrow(/^m: the metadata's uncertainty is not one: /);
  });
});
