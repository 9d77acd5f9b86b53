import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import {
  affineOf,
  castImage,
  estimateNoise,
  type NoiseMeasurement,
  type Normalization,
  noiseMeasurementText,
  pageInMemory,
  simulateScenes,
} from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { slice } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { networkPage } from "../../src/data/networkPage.js";
import { meanOfFrames } from "../../src/data/noisyPlane.js";
import { noiseOfPage, noiseOfPlane, pageNoise } from "../../src/data/pageNoise.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { passesDenoiser } from "../../src/inference/denoisePasses.js";
import { modelsDenoiser } from "../../src/inference/modelsDenoiser.js";
import type { Model } from "../../src/model/modelFile.js";
import { train } from "../../src/training/train.js";
import { tensorsOf, tiny } from "./tinyData.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const scenes = simulateScenes({ seed: 2, size: 64, scenes: 2, frames: 4 });
const captures = scenes[0]!.noisy;
const mapOf = (low: number, high: number): Normalization => ({
  ...{ mode: "percentile", low, high, lowPercent: 0.1, highPercent: 99.9, bound: 0.8 },
});

describe("the level of noise beside a page", () => {
  const map = mapOf(90, 700);
  const { scale } = affineOf(map);

  test("is the standard deviation that was estimated in the page, at each grey value", () => {
    const [page] = captures;
    const { gain, offset } = estimateNoise(page!);
    const seen = networkPage(page!, map, { noiseLevelMap: true });
    const plain = networkPage(page!, map, {});
    expect(seen).toHaveLength(2 * plain.length);
    for (let i = 0; i < plain.length; i++) {
      expect(seen[2 * i]).toBe(plain[i]);
      const level = Math.sqrt(Math.max(0, gain * page!.data[i]! + offset));
      expect(seen[2 * i + 1]).toBeCloseTo(scale * level, 6);
    }
  });

  test("is that of one of several captures, at their mean", () => {
    const mean = meanOfFrames(captures);
    const models = captures.map(estimateNoise);
    const gain = models.reduce((sum, model) => sum + model.gain, 0) / 4;
    const offset = models.reduce((sum, model) => sum + model.offset, 0) / 4;
    expect(noiseOfPlane(mean)).toEqual({ gain, offset });
    const seen = networkPage(mean, map, { noiseLevelMap: true });
    expect(seen).toHaveLength(5 * mean.data.length);
    const level = Math.sqrt(Math.max(0, gain * mean.data[77]! + offset));
    expect(seen[5 * 77 + 4]).toBeCloseTo(scale * level, 6);
  });

  test("is estimated in the same way in training, when denoising and of pages that are not in memory", async () => {
    const large = simulateScenes({ seed: 3, size: 600, scenes: 1, frames: 1 })[0]!.noisy[0]!;
    const page = pageInMemory(large);
    const model = noiseOfPlane(large);
    expect(await noiseOfPage(page)).toEqual(model);
    const inTraining = (await pageNoise([{ noisy: [page] }], map))[0]![0]!;
    const { offset: shift } = affineOf(map);
    const seen = networkPage(large, map, { noiseLevelMap: true });
    for (let i = 0; i < large.data.length; i += 1009) {
      const value = scale * large.data[i]! + shift;
      const variance = Math.max(0, inTraining.gain * value + inTraining.offset);
      expect(seen[2 * i + 1]).toBeCloseTo(Math.sqrt(variance), 5);
    }
  });
});

/** Of a network that gives back what it is told of the noise. */
const echo: typeof clidim = {
  ...clidim,
  apply: () => (_variables, x) => slice(x, [0, 0, 0, 1], x.shape.with(3, 2)),
};

test.each([["a page", 2 ** 22] as const, ["bands of rows", 100] as const])(
  "each model is told it in its own network values, of %s",
  async (_what, pixels) => {
    const configuration = resolveConfiguration(clidim, "quick", { ngf: 1, noiseLevelMap: true });
    const maps = [mapOf(90, 700), mapOf(0, 300)] as const;
    const model = (normalization: Normalization): Model => ({
      ...{ method: echo, configuration, normalization, provenance: {} },
      variables: clidim.template(configuration),
    });
    const [page] = captures;
    const { gain, offset } = noiseOfPlane(page!);
    const denoiser = passesDenoiser(maps.map(model), { ensemble: true });
    const noise = () => ({ gain, offset });
    const rows = (top: number, bottom: number) =>
      Float32Array.from(page!.data).subarray(64 * top, 64 * bottom);
    const found: number[] = [];
    const given = { width: 64, height: 64, frames: 1, rows, noise };
    for await (const { denoised } of denoiser.bands(given, maps, 0, pixels, () => {})) {
      found.push(...Array.from(denoised.data));
    }
    expect(found).toHaveLength(64 * 64);
    for (let i = 0; i < found.length; i += 101) {
      const level = Math.sqrt(Math.max(0, gain * page!.data[i]! + offset));
      // Back in grey values, a network value v is (v - shift) / scale.
      const zeros = maps.map((map) => -affineOf(map).offset / affineOf(map).scale);
      expect(found[i]).toBeCloseTo(level + (zeros[0]! + zeros[1]!) / 2, 2);
    }
  },
);

describe("a model that sees the level of noise", () => {
  const noisy = scenes.map(({ name }) => at(`${name}.tif`));
  const overrides = {
    ...{ ...tiny, ndf: 1, frames: 2, noiseLevelMap: true, noiseAugment: 3 },
    ...{ calibrateFlux: true, network: "unet", dropout: 0 },
  } as const;
  const options = { method: clidim, preset: "laptop", noisy, overrides, seed: 4 };

  beforeAll(async () => {
    for (const [i, scene] of scenes.entries()) {
      await writeImageFile(
        noisy[i]!,
        scene.noisy.map((page) => castImage(page, "uint16")),
      );
    }
    await train({ ...options, out: at("model") });
  });

  test("has a channel more in its first weights, and none in its filter", () => {
    const tensors = tensorsOf(at("model", "model.safetensors"));
    const first = Object.keys(tensors).find((name) => /^down1\..*weight$/.test(name))!;
    expect(tensors[first]?.shape[1]).toBe(3);
    expect(tensors["filter.conv.weight"]?.shape[1]).toBe(2);
  });

  test("goes on after an interruption as if there had been none, and with pages read as they are needed", async () => {
    const controller = new AbortController();
    await train(
      { ...options, out: at("stopped") },
      { signal: controller.signal, onProgress: ({ update }) => update === 3 && controller.abort() },
    );
    await train({ ...options, out: at("stopped"), resume: true });
    await train({ ...options, out: at("streamed"), residentBytes: 0 });
    const whole = tensorsOf(at("model", "model.safetensors"));
    expect(tensorsOf(at("stopped", "model.safetensors"))).toEqual(whole);
    expect(tensorsOf(at("streamed", "model.safetensors"))).toEqual(whole);
  });

  test("denoises files, by bands of rows as whole", async () => {
    const given = { methods, model: at("model"), files: [noisy[0]!] };
    const pages = async (out: string, more: object) => {
      const { denoised } = await denoiseFiles({ ...given, ...more, out: at(out) });
      return (await readStack(denoised[0]!.output)).pages.map(({ data }) => data);
    };
    const whole = await pages("whole", {});
    expect(whole).toHaveLength(2);
    expect(await pages("bands", { largestPage: 1000 })).toEqual(whole);
    // Passes that differ see it as well.
    expect(await pages("passes", { uncertainty: 2, ensemble: true })).toHaveLength(2);
  });

  test("takes noise that was measured in place of what pages tell, and the record says so", async () => {
    const own = estimateNoise(captures[0]!);
    const file = (name: string, gain: number): string => {
      const measured: NoiseMeasurement = {
        ...{ from: "pages", images: 1, scatter: 0, warnings: [], gain, offset: own.offset },
        transfer: [{ signal: 100, variance: 50, weight: 1, pixels: 100 }],
      };
      writeFileSync(at(name), noiseMeasurementText(measured));
      return at(name);
    };
    const given = { methods, model: at("model"), files: [noisy[0]!] };
    const pages = async (out: string, more: object) => {
      const { denoised } = await denoiseFiles({ ...given, ...more, out: at(out) });
      return (await readStack(denoised[0]!.output)).pages.map(({ data }) => data);
    };
    const plain = await pages("plain", {});
    const strong = file("strong.json", 9 * own.gain);
    const measured = await pages("measured", { noise: strong });
    expect(measured).not.toEqual(plain);
    expect(await pages("measured-bands", { noise: strong, largestPage: 1000 })).toEqual(measured);
    const [record] = JSON.parse(readFileSync(at("measured", "denoised.json"), "utf8")).results;
    expect(record.channels[0].options.noise).toMatch(/^strong\.json, SHA-256 [0-9a-f]{64}$/);
    const none = file("none.json", 1e-3);
    await expect(denoiseFiles({ ...given, noise: none, out: at("no-noise") })).rejects.toThrow(
      /the noise model has no noise at/,
    );
  });

  test("others refuse it", async () => {
    const measured: NoiseMeasurement = {
      ...{ from: "pages", images: 1, scatter: 0, warnings: [], gain: 1, offset: 1, transfer: [] },
    };
    const configuration = resolveConfiguration(clidim, "quick", { ngf: 1 });
    const model: Model = {
      ...{ method: clidim, configuration, normalization: mapOf(0, 300), provenance: {} },
      variables: clidim.template(configuration),
    };
    expect(() => modelsDenoiser([model], undefined, {}, measured)).toThrow(
      /the model has learnt the noise, and does not look at a model of it; leave it out/,
    );
  });

  test("refuses pages too small to tell their noise", async () => {
    const file = at("small.tif");
    const page = castImage(
      { width: 12, height: 40, data: Float32Array.from(captures[0]!.data.slice(0, 480)) },
      "uint16",
    );
    await writeImageFile(file, [page, page]);
    await expect(
      denoiseFiles({ methods, model: at("model"), files: [file], out: at("refused") }),
    ).rejects.toThrow(/12 x 40 pixels; the model sees the noise of each page, which takes at least 16 x 16/);
  });
});
