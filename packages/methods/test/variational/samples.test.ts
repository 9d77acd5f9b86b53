import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DenoiseFilesOptions, denoiseFiles, train } from "@clidim/denoise/node";
import { castImage, counterRandom, type Image, type ImageMetadata, simulateScenes } from "@clidim/imaging";
import { openImageFile, readStack, writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { methods } from "../../src/registry.js";
import { small } from "../small.js";

const SAMPLES = small.vae!.samples as number; // as it stands there
const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
const model = at("model");

beforeAll(async () => {
  const scenes = simulateScenes({ seed: 1, size: 48, scenes: 2, frames: 2 });
  const noisy = scenes.map(({ name }) => at(`${name}.tif`));
  for (const [i, scene] of scenes.entries()) await writeImageFile(noisy[i]!, scene.noisy);
  // Wide enough that the code is to be seen in what is decoded.
  const overrides = { ...small.vae, filters: 6, updates: 2 };
  await train({ method: methods.trainedNamed("vae"), noisy, out: model, overrides, validation: 0.5 });
});

function page(seed: number, width: number, height: number): Image<"float32"> {
  const random = counterRandom(seed);
  const data = Float32Array.from(
    { length: width * height },
    (_, i) => 100 + 30 * Math.sin(i / 31) + 5 * random.normal(),
  );
  return { width, height, dtype: "float32", data };
}

const denoised = async (file: string, name: string, options: Partial<DenoiseFilesOptions> = {}) => {
  const out = at(name);
  // Of models.
  const all = {
    methods,
    model,
    normalization: "image",
    files: [file],
    out,
    ...options,
  } as DenoiseFilesOptions;
  return (await denoiseFiles(all)).denoised[0]!;
};

async function pagesOf(path: string): Promise<readonly Image[]> {
  return (await readStack(path)).pages as readonly Image[];
}

const meanOf = (pages: readonly Image[], i: number): number =>
  pages.reduce((sum, { data }) => sum + data[i]!, 0) / pages.length;

describe("samples of a page", () => {
  test("their mean is the result; they are the same each time, and more go on from fewer", async () => {
    const file = at("page.tif");
    await writeImageFile(file, [page(1, 40, 36)]);
    const { output, samples, uncertainty } = await denoised(file, "one", { samples: SAMPLES });
    expect(samples).toBe(at("one", "samples", "page.tif"));
    expect(uncertainty).toBeUndefined();
    const [result, drawn] = [await pagesOf(output), await pagesOf(samples!)];
    expect(drawn).toHaveLength(SAMPLES);
    for (const [i, value] of result[0]!.data.entries()) expect(meanOf(drawn, i)).toBeCloseTo(value, 3);
    expect(drawn[0]!.data).not.toEqual(drawn[1]!.data);
    const more = await denoised(file, "more", { samples: SAMPLES + 9 });
    const others = await pagesOf(more.samples!);
    expect(others.slice(0, SAMPLES)).toEqual(drawn);
    expect(new Set(others.map(({ data }) => data.join())).size).toBe(SAMPLES + 9);
    // What is asked for beside it changes nothing of a result.
    expect(readFileSync(more.output)).toEqual(readFileSync(output));
    expect(readFileSync((await denoised(file, "plain")).output)).toEqual(readFileSync(output));
    expect(JSON.parse(readFileSync(at("one", "denoised.json"), "utf8"))).toMatchObject({
      results: [{ output: "page.tif", samples: SAMPLES }],
    });
    expect(readFileSync(samples!).includes("3 samples of each page, along T")).toBe(true);
  });

  test("of one that is cut into tiles, their mean is the result, too, they vary as much where tiles overlap, and bands give the same file", async () => {
    // Wider than the largest tile of the network: sqrt(128 MiB / (4 bytes x 6 filters x 3 samples)) or 1364. Tiles begin at columns 0, 568 and 1136.
    const file = at("wide.tif");
    const [width, height] = [2500, 12];
    await writeImageFile(file, [page(2, width, height)]);
    const whole = await denoised(file, "whole", { samples: 8 });
    const drawn = await pagesOf(whole.samples!);
    const first = drawn.slice(0, SAMPLES);
    const [result] = await pagesOf(whole.output);
    const off = result!.data.map((value, i) => Math.abs(value - meanOf(first, i)));
    expect(Math.max(...off)).toBeLessThan(1e-3);
    const varianceIn = (from: number, to: number): number => {
      let sum = 0;
      for (let i = 0; i < width * height; i++) {
        if (i % width < from || i % width >= to) continue;
        const mean = meanOf(drawn, i);
        for (const { data } of drawn) sum += (data[i]! - mean) ** 2;
      }
      return sum / (to - from);
    };
    // Both weigh as much there: draws of their own would have half the variance.
    const ratio = varianceIn(850, 1080) / varianceIn(100, 500);
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.18);
    const bands = await denoised(file, "bands", { samples: 8, largestPage: 5000 });
    for (const kind of ["output", "samples"] as const)
      expect(readFileSync(bands[kind]!)).toEqual(readFileSync(whole[kind]!));
  });
});

describe("the stack of samples", () => {
  const um = { step: 0.25, unit: "um" };
  const metadata: ImageMetadata = { calibration: { X: um, Y: um }, channels: ["DAPI", "GFP"] };

  test("has an axis of its own, in the type of the input, with its calibration and channels; one of them is copied", async () => {
    const file = at("cells.ome.tif");
    const bright = ({ data, ...size }: Image<"float32">) => ({
      ...size,
      data: data.map((value) => 99 * value),
    });
    const pages = [1, 2, 3, 4].map((seed) => castImage(bright(page(seed, 24, 20)), "uint16"));
    await writeImageFile(file, pages, { axes: ["T", "C", "Y", "X"], shape: [2, 2, 20, 24], metadata });
    const { samples, output } = await denoised(file, "cells", { samples: 2, channel: 1 });
    const source = await openImageFile({ path: samples! });
    expect(source).toMatchObject({
      axes: ["T", "Z", "C", "Y", "X"],
      shape: [2, 2, 2, 20, 24],
      dtype: "uint16",
    });
    expect(source.metadata).toMatchObject(metadata);
    await source.close();
    for (const said of ["2 samples of each page, along Z", "Samples"])
      expect(readFileSync(samples!).includes(said), said).toBe(true);
    const drawn = await pagesOf(samples!);
    // Of each time, both channels of the first sample, then of the second one.
    for (const [i, from] of [0, 0, 2, 2].entries()) expect(drawn[2 * i]!.data).toEqual(pages[from]!.data);
    expect(drawn[1]!.data).not.toEqual(drawn[3]!.data);
    expect((await pagesOf(output)).map(({ dtype }) => dtype)).toEqual(Array(4).fill("uint16"));
  });

  test("of a format of one plane is a TIFF; missing pixels stay so, blank pages are copied", async () => {
    const png = at("plane.png");
    await writeImageFile(png, [castImage(page(5, 24, 20), "uint8")]);
    const { samples } = await denoised(png, "png", { samples: 2 });
    expect(samples).toBe(at("png", "samples", "plane.tif"));
    expect((await pagesOf(samples!)).map(({ dtype }) => dtype)).toEqual(["uint8", "uint8"]);
    const [first, blank] = [page(6, 24, 20), page(7, 24, 20)];
    first.data[30] = Number.NaN;
    blank.data.fill(4);
    await writeImageFile(at("gaps.tif"), [first, blank]);
    const gaps = await denoised(at("gaps.tif"), "gaps", { samples: 2 });
    const source = await openImageFile({ path: gaps.samples! });
    const { data } = await source.read();
    expect([source.axes.join(""), source.shape]).toEqual(["TZYX", [2, 2, 20, 24]]);
    await source.close();
    const gone = Array.from(data).flatMap((value, i) => (Number.isNaN(value) ? [i] : []));
    expect(gone).toEqual([30, 480 + 30]);
    expect(data.subarray(960)).toEqual(new Float32Array(960).fill(4));
  });
});

describe("refused before anything is written", () => {
  const file = at("refused.tif");

  test("more than the disk has room for", async () => {
    await writeImageFile(file, [page(8, 40, 36)]);
    await expect(denoised(file, "full", { samples: 2 ** 50 })).rejects.toThrow(
      /^write .*full: 1125899906842624 samples of each page would take \d+ GB, and there are .* free$/,
    );
    expect(readdirSync(folder)).not.toContain("full");
  });

  test("samples of several models, and of a method without training", async () => {
    await expect(denoised(file, "none", { model: [model, model], samples: 2 })).rejects.toThrow(
      "samples: one model draws them, got 2; give one, or leave them out",
    );
    const gaussian = { methods, method: methods.classicalNamed("gaussian"), files: [file], out: at("none") };
    await expect(denoiseFiles({ ...gaussian, samples: 2 })).rejects.toThrow(
      "Gaussian blur takes no samples, only models do; leave it out",
    );
    expect(readdirSync(folder)).not.toContain("none");
  });
});

test("a stack of samples that is there already is not replaced, and one of a result that is stays", async () => {
  const file = at("again.tif");
  await writeImageFile(file, [page(9, 40, 36)]);
  const { samples } = await denoised(file, "again", { samples: 2 });
  await expect(denoised(file, "again", { samples: 2 })).rejects.toThrow(/2? ?.*exist already/);
  const said: string[] = [];
  await denoiseFiles(
    { ...{ methods, model, files: [file], out: at("again"), overwrite: true }, normalization: "image" },
    { onWarning: (sentence) => said.push(sentence) },
  );
  expect(said).toContain(`${samples} is of the result that is replaced, and stays`);
});
