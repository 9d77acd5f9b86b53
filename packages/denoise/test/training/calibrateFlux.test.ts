import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import {
  affineOf,
  castImage,
  cutPlane,
  denormalize,
  type LazyPage,
  type Normalization,
  normalize,
  type Plane,
  simulateScenes,
} from "@clidim/imaging";
import { makeFolder, readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { add, mul, readSafetensors, type Tensor } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { bandDenoiser } from "../../src/inference/bandDenoiser.js";
import { denoiser } from "../../src/inference/denoise.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { writeDescribed } from "../../src/model/describedSafetensors.js";
import { fluxText } from "../../src/model/fluxCalibration.js";
import { importModel } from "../../src/model/modelFile.js";
import { calibrateFlux } from "../../src/training/calibrateFlux.js";
import { meanOf, readFluxSample } from "../../src/training/fluxSample.js";
import { readManifest } from "../../src/training/manifest.js";
import { train } from "../../src/training/train.js";
import { fictitious } from "../protocol/fictitious.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "./tinyData.js";

const SIDE = 48;
const whole = { x: 0, y: 0, width: SIDE, height: SIDE };
const simulated = simulateScenes({ seed: 4, size: SIDE, scenes: 4, frames: 1 });
const changed = (page: Plane, value: (grey: number, i: number) => number): Plane => ({
  ...page,
  data: Float64Array.from(page.data, value),
});
/** Noise of mean zero: each pixel's is the opposite of its neighbour's. */
const noisy = (page: Plane, amplitude: number): Plane =>
  changed(page, (grey, i) => grey + (i % 2 === 0 ? amplitude : -amplitude));

const normalization: Normalization = {
  mode: "percentile",
  low: 100,
  high: 4000,
  lowPercent: 0.1,
  highPercent: 99.9,
  bound: 0.8,
};
const method = fictitious("clean");
const configuration = resolveConfiguration(method, "plain", {});
const variables = { params: {}, stats: {} };
/** A session whose network is a function. */
const sessionOf = (network: (x: Tensor) => Tensor) => ({
  method: { ...method, apply: () => (_variables: unknown, x: Tensor) => network(x) },
  configuration,
  normalization,
  hooks: {},
});
const dimmed = (x: Tensor): Tensor => add(mul(x, 0.95), -0.03);

describe("the calibration of a network's brightness", () => {
  test("undoes a wrong gain and offset, whatever the brightness of single captures", async () => {
    const drifts = [0.94, 1.06, 1.03, 0.97];
    const crops = simulated.map(({ clean }, i) => ({
      noisy: changed(clean, (grey) => drifts[i]! * grey),
      clean,
    }));
    const found = await calibrateFlux(sessionOf(dimmed), { crops, difference: 0, slope: 1 }, variables);
    expect(found.crops).toBe(4);
    expect(found.gain * 0.95).toBeCloseTo(1, 4);
    const inputs = crops.map((crop) => normalize(crop.noisy.data, normalization));
    const results = inputs.map((input) =>
      denormalize(
        input.map((value) => found.gain * (0.95 * value - 0.03) + found.offset),
        normalization,
      ),
    );
    const mean = (pages: readonly ArrayLike<number>[]): number => meanOf(pages.map(meanOf));
    const wanted = mean(crops.map((crop) => crop.noisy.data));
    expect(mean(results) / wanted).toBeCloseTo(1, 5);
    const before = mean(
      inputs.map((input) =>
        denormalize(
          input.map((v) => 0.95 * v - 0.03),
          normalization,
        ),
      ),
    );
    expect(found.before).toBeCloseTo(before / wanted - 1, 5);
    expect(Math.abs(found.before!)).toBeGreaterThan(0.01);
  });

  test("says nothing in per cent of images whose mean is about 0, as of z-scores", async () => {
    const means = simulated.map(({ clean }) => meanOf(clean.data));
    for (const left of [0, 0.5]) {
      const crops = simulated.map(({ clean }, i) => ({
        noisy: changed(clean, (grey) => grey - means[i]! + left),
      }));
      const found = await calibrateFlux(sessionOf(dimmed), { crops, difference: 0, slope: 1 }, variables);
      expect(found).toEqual({ gain: 1, offset: found.offset, crops: 4 });
      expect(Number.isFinite(found.offset)).toBe(true);
    }
  });

  test("keeps a gain that clean images have over noisy ones on the whole", async () => {
    const crops = simulated.map(({ clean }) => ({
      noisy: clean,
      clean: changed(clean, (grey) => 1.1 * grey),
    }));
    const learnt = sessionOf((x) => add(mul(x, 1.1), 0.05));
    const found = await calibrateFlux(learnt, { crops, difference: 100, slope: 1 / 1.1 }, variables);
    expect(found.gain).toBeCloseTo(1, 4);
  });

  test("aims at the brightness of clean images where it is another on the whole", async () => {
    const crops = simulated.map(({ clean }) => ({ noisy: noisy(clean, 300), clean }));
    const sample = { crops, difference: 25, slope: 1 };
    const { gain, offset } = await calibrateFlux(
      sessionOf((x) => x),
      sample,
      variables,
    );
    const means = crops.map((crop) => meanOf(normalize(crop.noisy.data, normalization)));
    expect(gain * meanOf(means) + offset - meanOf(means)).toBeCloseTo((25 * 1.6) / 3900, 6);
  });

  test("regresses clean on denoised values, so that noise that was left in makes it less steep", async () => {
    const variance = meanOf(
      simulated.map(({ clean }) => {
        const mean = meanOf(clean.data);
        return meanOf(Array.from(clean.data, (grey) => (grey - mean) ** 2));
      }),
    );
    const amplitude = Math.sqrt(0.1 * variance);
    const crops = simulated.map(({ clean }) => ({ noisy: noisy(clean, amplitude), clean }));
    const found = await calibrateFlux(
      sessionOf((x) => x),
      { crops, difference: 0, slope: 1 },
      variables,
    );
    expect(found.gain).toBeCloseTo(1 / 1.1, 2);
    expect(found.before).toBeCloseTo(0, 6);
  });

  test("is an offset alone without clean images, and where a network has learnt nothing", async () => {
    const crops = simulated.map(({ clean }) => ({ noisy: clean }));
    const without = await calibrateFlux(sessionOf(dimmed), { crops, difference: 0, slope: 1 }, variables);
    expect(without.gain).toBe(1);
    const mean = meanOf(crops.map((crop) => meanOf(normalize(crop.noisy.data, normalization))));
    expect(without.offset).toBeCloseTo(0.05 * mean + 0.03, 5);
    const paired = simulated.map(({ clean }) => ({ noisy: clean, clean }));
    const flat = await calibrateFlux(
      sessionOf((x) => mul(x, 1e-3)),
      { crops: paired, difference: 0, slope: 1 },
      variables,
    );
    expect(flat.gain).toBe(1);
  });
});

test("a sample has crops of all scenes, and what clean and noisy images have in common over many", async () => {
  const page = (plane: Plane): LazyPage => ({
    ...{ width: plane.width, height: plane.height, dtype: "float32" },
    read: (window) => Promise.resolve(window ? cutPlane(plane, window) : plane),
  });
  const drifts = [0.9, 1.1];
  const scenes = simulated.map(({ name, clean }) => ({
    ...{ name, averaged: false, clean: [page(clean)] },
    noisy: drifts.map((drift) => page(changed(clean, (grey) => 0.8 * drift * grey + 7))),
  }));
  const { crops, difference, slope } = await readFluxSample(scenes);
  expect(crops).toHaveLength(8);
  expect(crops.map(({ clean }) => clean!.data)).toEqual(
    simulated.flatMap(({ clean }) =>
      [cutPlane(clean, whole), cutPlane(clean, whole)].map(({ data }) => data),
    ),
  );
  expect(slope).toBeCloseTo(0.8, 6);
  const mean = meanOf(simulated.map(({ clean }) => meanOf(clean.data)));
  expect(difference).toBeCloseTo(0.2 * mean - 7, 6);
  const alone = await readFluxSample(scenes.map(({ clean: _none, ...scene }) => scene));
  expect(alone).toMatchObject({ difference: 0, slope: 1 });
  expect(alone.crops[0]).not.toHaveProperty("clean");
});

test("a denoiser applies it, by pages and by bands of these alike", async () => {
  const { method: network } = sessionOf(dimmed);
  const page = Float32Array.from({ length: 40 * 90 }, (_, i) => Math.sin(i / 7));
  const options = { maxTileSide: 32 };
  const plain = await denoiser(network, configuration, variables, options)(page, 40, 90);
  const corrected = { ...options, fluxCalibration: { gain: 1.25, offset: 0.5 } };
  const result = await denoiser(network, configuration, variables, corrected)(page, 40, 90);
  for (const [i, value] of result.entries()) expect(value).toBeCloseTo(1.25 * plain[i]! + 0.5, 5);
  const bands: number[] = [];
  const rows = (top: number, bottom: number): Float32Array => page.subarray(40 * top, 40 * bottom);
  const { fluxCalibration, maxTileSide } = corrected;
  const denoise = bandDenoiser([{ method: network, configuration, variables, fluxCalibration }], {
    ...{ maxTileSide, largestWhole: 1 },
  });
  for await (const { images } of denoise({ width: 40, height: 90, rows }, [
    (values) => Float32Array.from(values),
  ])) {
    bands.push(...images[0]!);
  }
  expect(Float32Array.from(bands)).toEqual(result);
});

test("its text is in grey values", () => {
  const text = fluxText({ gain: 1.01, offset: 0.002, crops: 32, before: -0.0093 }, normalization);
  // v = 1.6 / 3900 g - 0.8 - 160 / 3900
  const shift = (0.01 * (-0.8 - 160 / 3900) + 0.002) / (1.6 / 3900);
  expect(text).toBe(
    `results are 1.0100 times the network's minus ${(-shift).toPrecision(3)} grey values; without, they were 0.93 % too dark on 32 crops of the training images`,
  );
  expect(fluxText({ gain: 1, offset: 0, crops: 1, before: 0.01 }, normalization)).toMatch(
    /plus 0\.00 grey values; without, they were 1\.00 % too bright on 1 crop of/,
  );
  expect(fluxText({ gain: 1, offset: 0, crops: 1 }, normalization)).toMatch(
    /plus 0\.00 grey values, as fitted to 1 crop of the training images$/,
  );
});

describe("a training that asks for it", () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const path = at("with/model.safetensors");
  let data: TinyData;

  beforeAll(async () => {
    data = await writeTinyData(at("data"));
    const run = { method: clidim, noisy: data.noisy, clean: data.clean };
    const overrides = { ...tiny, updates: 30, weights: { gan: 0 }, learningRate: 0.002 };
    await train({ ...run, out: at("with"), overrides: { ...overrides, calibrateFlux: true } });
    await train({ ...run, out: at("without"), overrides: { ...overrides, calibrateFlux: false } });
    await makeFolder(at("float"));
    for (const [i, file] of data.noisy.entries()) {
      const { pages } = await readStack(file);
      await writeImageFile(
        at(`float/${i}.tif`),
        pages.map((page) => castImage(page, "float32")),
      );
    }
  });

  test("writes it to model and manifest, and leaves the weights as they are", async () => {
    const { fluxCalibration } = importModel(readFileSync(path), methods);
    expect(fluxCalibration!.crops).toBeGreaterThan(1);
    const manifest = await readManifest(at("with/manifest.json"), clidim);
    expect(manifest.fluxCalibration).toEqual(fluxCalibration);
    expect(tensorsOf(path)).toEqual(tensorsOf(at("without/model.safetensors")));
    const plain = importModel(readFileSync(at("without/model.safetensors")), methods);
    expect(plain.fluxCalibration).toBeUndefined();
  });

  test("makes denoise map its results, which keep the light of the training images", async () => {
    // Of three scenes, those that were trained on.
    const { split } = (await readManifest(at("with/manifest.json"), clidim)).data;
    const trained = data.noisy.flatMap((file, i) =>
      split.training.some(({ name }) => name === file) ? [i] : [],
    );
    expect(trained).toHaveLength(2);
    const files = trained.map((i) => at(`float/${i}.tif`));
    const pagesOf = async (paths: readonly string[]): Promise<Plane[]> =>
      (await Promise.all(paths.map((file) => readStack(file)))).flatMap(({ pages }) => pages);
    const denoisedBy = async (model: string): Promise<Plane[]> => {
      const { denoised } = await denoiseFiles({ methods, model: at(model), files, out: at(`of-${model}`) });
      return pagesOf(denoised.map(({ output }) => output));
    };
    const [plain, calibrated] = [await denoisedBy("without"), await denoisedBy("with")];
    const clean = await pagesOf(trained.map((i) => data.clean[i]!));
    const { fluxCalibration, normalization: map } = importModel(readFileSync(path), methods);
    const { gain, offset } = fluxCalibration!;
    const { scale, offset: shift } = affineOf(map);
    calibrated.forEach(({ data }, p) => {
      Array.from(data).forEach((grey, i) => {
        const value = gain * (scale * plain[p]!.data[i]! + shift) + offset;
        expect(Math.abs(grey - (value - shift) / scale) / grey).toBeLessThan(1e-4);
      });
    });
    const mean = (pages: readonly Plane[]): number => meanOf(pages.map(({ data }) => meanOf(data)));
    expect(mean(calibrated) / mean(clean)).toBeCloseTo(1, 4);
  });

  test("is read without; one that is damaged is refused", () => {
    const { tensors, metadata } = readSafetensors(readFileSync(path));
    const { fluxCalibration: _left, ...without } = metadata;
    const old = at("old.safetensors");
    writeFileSync(old, writeDescribed(tensors, without));
    expect(importModel(readFileSync(old), methods).fluxCalibration).toBeUndefined();
    const none = '{"gain":1,"offset":0.1,"crops":3,"before":null}';
    expect(
      importModel(writeDescribed(tensors, { ...metadata, fluxCalibration: none }), methods),
    ).toMatchObject({
      fluxCalibration: { gain: 1, offset: 0.1, crops: 3, before: undefined },
    });
    const damaged = writeDescribed(tensors, { ...metadata, fluxCalibration: '{"gain":-1}' });
    expect(() => importModel(damaged, methods, "m")).toThrow(
      /^m: the metadata's fluxCalibration is not one: /,
    );
  });
});

test("without clean images the light of the noisy ones is kept", async () => {
  const folder = temporaryFolder();
  const data = await writeTinyData(join(folder, "data"));
  const noise2void = methods.trainedNamed("noise2void");
  const overrides = { updates: 3, batch: 2, crop: 16, filters: 2, preset: "laptop", calibrateFlux: true };
  const { manifest } = await train({
    method: noise2void,
    noisy: data.noisy,
    out: join(folder, "out"),
    overrides,
  });
  expect(manifest.fluxCalibration).toMatchObject({ gain: 1 });
  expect(importModel(readFileSync(join(folder, "out/model.safetensors")), methods).fluxCalibration).toEqual(
    manifest.fluxCalibration,
  );
});
