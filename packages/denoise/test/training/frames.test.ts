import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { castImage, type Image, meanImage, simulateScenes } from "@clidim/imaging";
import { openImageFile, openStack, readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import { importModel } from "../../src/model/modelFile.js";
import { readManifest } from "../../src/training/manifest.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import { tensorsOf, tiny } from "./tinyData.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const frames = 3;
const scenes = simulateScenes({ seed: 1, size: 48, scenes: 3, frames: 8 });
const stacks = scenes.map(({ noisy }) => noisy.map((page) => castImage(page, "uint16")));
const noisy = scenes.map(({ name }) => at(`${name}.tif`));
const overrides = {
  ...{ ...tiny, network: "unet", dropout: 0, frames },
  ...{ calibrateFlux: true, orientations: 8 },
} as const;
const options: Omit<TrainOptions, "out"> = {
  ...{ method: clidim, preset: "laptop", noisy, overrides, seed: 3 },
};
const model = at("model");

beforeAll(async () => {
  for (const [i, pages] of stacks.entries()) await writeImageFile(noisy[i]!, pages);
  await train({ ...options, out: model }, { onWarning: (sentence) => said.push(sentence) });
});

/** What was said while the model was trained. */
const said: string[] = [];

describe("a training on several frames", () => {
  test("is told of in manifest and model, and holds out groups", async () => {
    const { configuration, data, fluxCalibration, comparison } = await readManifest(
      join(model, "manifest.json"),
      clidim,
    );
    expect(configuration).toMatchObject({ frames });
    expect(data.split.validation).toEqual(
      [0, 3].map((page) => expect.stringMatching(RegExp(`pages ${page} to`))),
    );
    expect(fluxCalibration?.gain).toBeGreaterThan(0.7);
    // Classical methods are given the mean of the captures, which a single capture does not come near.
    const noisyFigure = comparison!.noisy.psnr;
    expect(typeof noisyFigure).toBe("number");
    const stored = importModel(readFileSync(join(model, "model.safetensors")), methods);
    expect(stored.configuration).toMatchObject({ frames });
    expect(tensorsOf(join(model, "model.safetensors"))["down1.halve.weight"]?.shape[1]).toBe(frames);
    expect(said).toContain(
      "ground truth: the mean of all pages of each noisy file but the 3 that the network sees, also of those that are not trained on",
    );
  });

  test("goes on after an interruption as if there had been none, bit for bit", async () => {
    const out = at("interrupted");
    const controller = new AbortController();
    const stopped = await train(
      { ...options, out },
      { signal: controller.signal, onProgress: ({ update }) => update === 3 && controller.abort() },
    );
    expect(stopped.completed).toBe(false);
    await expect(
      train({ ...options, overrides: { ...overrides, frames: 2 }, out, resume: true }),
    ).rejects.toThrow(/frames was 3, is 2/);
    await train({ ...options, out, resume: true });
    for (const name of ["checkpoint.safetensors", "model.safetensors"]) {
      expect(tensorsOf(join(out, name)), name).toEqual(tensorsOf(join(model, name)));
    }
  });

  test("reads crops as they are needed with the same result", async () => {
    const out = at("streamed");
    await train({ ...options, out, residentBytes: 0 });
    expect(tensorsOf(join(out, "model.safetensors"))).toEqual(tensorsOf(join(model, "model.safetensors")));
  });

  test("refuses stacks without enough captures", async () => {
    const single = { ...options, noisy: [noisy[0]!, `${noisy[1]}#0-2`], out: at("refused") };
    await expect(train(single)).rejects.toThrow(/expected at least 4 pages to average, .* got 3/);
    const clean = at("clean.tif");
    await writeImageFile(clean, [scenes[0]!.clean]);
    await expect(
      train({ ...options, noisy: [`${noisy[0]}#0-1`], clean: [clean], out: at("refused") }),
    ).rejects.toThrow(/expected at least 3 noisy pages, as frames is 3, got 2/);
  });
});

/** The pixels of all pages, missing ones included. */
async function pagesIn(path: string): Promise<Image["data"][]> {
  const stack = await openStack(path);
  try {
    const indices = Array.from({ length: stack.pageCount }, (_, page) => page);
    return await Promise.all(
      indices.map(async (page) => (await stack.readPage(page, { missing: "keep" })).data),
    );
  } finally {
    await stack.close();
  }
}

describe("denoising with a model of several frames", () => {
  let runs = 0;
  /** Denoises files, and returns their pages and what was said. */
  async function run(files: readonly string[], given: Partial<DenoiseFilesOptions> = {}) {
    const out = at(`out${runs++}`);
    const warnings: string[] = [];
    const { denoised } = await denoiseFiles(
      // The options name what denoises.
      { methods, model, out, files, ...given } as DenoiseFilesOptions,
      { onWarning: (sentence) => warnings.push(sentence.replaceAll(`${folder}/`, "")) },
    );
    const written = await Promise.all(denoised.map(({ output }) => pagesIn(output)));
    return { out, written, warnings, denoised };
  }
  const write = async (name: string, pages: readonly Image[], layout: object = {}): Promise<string> => {
    await writeImageFile(at(name), pages, layout);
    return at(name);
  };

  test("makes a page of each group, says what is left over, and each page is that of its group alone", async () => {
    const groups = await Promise.all([
      write("first.tif", stacks[0]!.slice(0, 3)),
      write("second.tif", stacks[0]!.slice(3, 6)),
    ]);
    const { written, warnings, denoised, out } = await run([noisy[0]!, ...groups]);
    expect(denoised.map(({ pages }) => pages)).toEqual([2, 1, 1]);
    expect(written[0]).toEqual([written[1]![0], written[2]![0]]);
    expect(warnings[0]).toBe(
      "scene00.tif: each page of the result is made of 3 captures along T; the last 2 of 8 make no group, and are not used",
    );
    const { results } = JSON.parse(readFileSync(join(out, "denoised.json"), "utf8"));
    expect(results[0].channels[0].options).toEqual({ ensemble: true, frames: "3 along T" });
    expect(written[0]![0]).toBeInstanceOf(Uint16Array);
  });

  test("keeps the other axes, channels and sizes, of which each result has as many captures of time", async () => {
    const [a, b] = stacks as [Image<"uint16">[], Image<"uint16">[], Image<"uint16">[]];
    const [um, s] = [
      { step: 0.2, unit: "um" },
      { step: 5, unit: "s" },
    ];
    // T Z C: depths are of different scenes, so that a capture in the wrong place shows.
    const pages = Array.from({ length: 6 }, (_, t) => [a[t]!, a[t]!, b[t]!, b[t]!]).flat();
    const file = await write("hyper.tif", pages, {
      ...{ axes: ["T", "Z", "C", "Y", "X"], shape: [6, 2, 2, 48, 48] },
      metadata: { channels: ["DAPI", "GFP"], calibration: { T: s, X: um, Y: um }, text: "cells" },
    });
    const { written, out } = await run([file], { normalization: "model" });
    const source = await openImageFile(join(out, "hyper.tif"));
    expect(source).toMatchObject({ axes: ["T", "Z", "C", "Y", "X"], shape: [2, 2, 2, 48, 48] });
    expect(source.metadata).toMatchObject({
      ...{ channels: ["DAPI", "GFP"], calibration: { T: { ...s, step: 15 }, X: um, Y: um } },
      text: expect.stringMatching(/^cells/),
    });
    await source.close();
    const alone = await run([noisy[0]!, noisy[1]!]);
    for (const [t, group] of [0, 1].entries()) {
      for (const z of [0, 1]) {
        for (const c of [0, 1]) expect(written[0]![4 * group + 2 * z + c]).toEqual(alone.written[z]![t]);
      }
    }
  });

  test("gives channels that are not denoised the mean of their captures", async () => {
    const pages = stacks[0]!.slice(0, 3).flatMap((page, i) => [page, stacks[1]![i]!]);
    const file = await write("two.tif", pages, { axes: ["T", "C", "Y", "X"], shape: [3, 2, 48, 48] });
    const { written } = await run([file], { channel: 0, normalization: "model" });
    expect(written[0]).toHaveLength(2);
    expect(written[0]![1]).toEqual(castImage(meanImage(stacks[1]!.slice(0, 3)), "uint16").data);
  });

  test("finds captures along Z where that is said", async () => {
    const file = await write("slices.tif", stacks[0]!.slice(0, 6), {
      ...{ axes: ["Z", "Y", "X"], shape: [6, 48, 48] },
    });
    await expect(run([file])).rejects.toThrow(
      /slices\.tif: the model sees 3 captures of an image at once, which lie along T, but its axes are Z 6; .* along which axis/,
    );
    const { written } = await run([file], { captures: "Z" });
    expect(written[0]).toEqual((await run([noisy[0]!])).written[0]);
    await expect(
      run([file], { method: methods.classicalNamed("gaussian"), model: undefined, captures: "Z" }),
    ).rejects.toThrow(/captures says along which axis .* leave it out/);
  });

  test("fills missing pixels in each capture, and leaves them out of the result", async () => {
    const float = stacks[0]!.slice(0, 3).map((page) => castImage(page, "float32"));
    float[1]!.data[100] = Number.NaN;
    const { written, denoised, warnings } = await run([await write("gaps.tif", float)]);
    expect(denoised[0]!.missing).toBe(1);
    const result = written[0]![0]!;
    expect(Array.from(result).flatMap((value, i) => (Number.isFinite(value) ? [] : [i]))).toEqual([100]);
    expect(warnings.some((one) => /1 pixel is NaN or infinite/.test(one))).toBe(true);
  });

  test("does not pretend to have denoised a group with a dropped capture", async () => {
    const blank = castImage({ width: 48, height: 48, data: new Float32Array(48 * 48) }, "uint16");
    const pages = [...stacks[0]!.slice(0, 3), stacks[0]![3]!, blank, stacks[0]![5]!];
    const { written, denoised, warnings } = await run([await write("dropped.tif", pages)]);
    expect(denoised[0]!.blank).toEqual([1]);
    expect(warnings).toContain(
      "dropped.tif: 1 of 2 groups of 3 captures have a blank one (the first: 1); their results are the means of the captures",
    );
    expect(written[0]![1]).toEqual(castImage(meanImage(pages.slice(3)), "uint16").data);
  });

  test.each([false, true])("by bands of rows makes the same, missing pixels %s", async (gaps) => {
    const pages = stacks[2]!.slice(0, 6).map((page) => castImage(page, gaps ? "float32" : "uint16"));
    if (gaps) {
      pages[1]!.data[1000] = Number.NaN;
      pages[5]!.data[77] = Number.NaN;
    }
    const file = await write(`bands${gaps}.tif`, pages);
    const whole = await run([file], { ensemble: false });
    const bands = await run([file], { ensemble: false, largestPage: 500 });
    expect(bands.written).toEqual(whole.written);
    expect(bands.denoised[0]!.missing).toBe(whole.denoised[0]!.missing);
  });

  test("reports on the mean of the captures, and maps how far passes scatter", async () => {
    const { out, denoised } = await run([noisy[0]!], { report: true, uncertainty: 2 });
    const report = JSON.parse(readFileSync(join(out, "scene00.report.json"), "utf8"));
    expect(report.pages).toHaveLength(2);
    const map = denoised[0]!.uncertainty ?? denoised[0]!.scatter;
    expect((await readStack(map!)).pages).toHaveLength(2);
  });

  test("leaves out what is done, and refuses models of different frames together", async () => {
    const out = at("again");
    const given = { methods, model, out, files: [noisy[0]!] };
    await denoiseFiles(given);
    const { skipped } = await denoiseFiles({ ...given, skipExisting: true });
    expect(skipped).toHaveLength(1);
    const single = at("single");
    await train({ ...options, overrides: { ...tiny, updates: 1 }, out: single });
    await expect(run([noisy[0]!], { model: [model, single] })).rejects.toThrow(
      /the models see 3 and 1 captures of an image at once/,
    );
  });
});
