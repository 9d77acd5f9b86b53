import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunConfiguration } from "@clidim/denoise";
import { denoiseFiles, train } from "@clidim/denoise/node";
import { measureFrames, noiseMeasurementText, pageInMemory, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { readSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { methods } from "../../src/registry.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const scenes = simulateScenes({ seed: 3, size: 48, scenes: 2, frames: 12 });
const measurement = await measureFrames(
  scenes.map(({ name, noisy }) => ({ name, frames: noisy.map(pageInMemory) })),
);
const small = { crop: 32, batch: 2, filters: 2, samples: 8, updates: 4 };
const run = (out: string, method = methods.trainedNamed("pn2v")) => ({
  ...{ method, noisy: [at("a.tif"), at("b.tif")], noise: at("noise.json"), out: at(out), overrides: small },
});

beforeAll(async () => {
  await writeImageFile(at("a.tif"), scenes[0]!.noisy.slice(0, 2));
  await writeImageFile(at("b.tif"), scenes[1]!.noisy.slice(0, 2));
  writeFileSync(at("noise.json"), noiseMeasurementText(measurement));
});

describe("noise that was measured", () => {
  test("is in the model file, which denoises without the file that it comes from", async () => {
    const said: string[] = [];
    await train(run("model"), { onWarning: (sentence) => said.push(sentence) });
    const { metadata } = readSafetensors(readFileSync(at("model", "model.safetensors")));
    const { noise } = JSON.parse(metadata.configuration!);
    expect(noise.mixture).toEqual(measurement.mixture);
    expect(noise).toMatchObject({ from: "frames", gain: measurement.gain, offset: measurement.offset });
    expect(said.filter((sentence) => sentence.startsWith("as the training images have it"))).toEqual([
      `as the training images have it: noise from frames, gain ${Number(measurement.gain.toPrecision(4))}, offset ${Number(measurement.offset.toPrecision(4))}`,
    ]);
    const { denoised } = await denoiseFiles({
      ...{ methods, model: at("model"), files: [at("a.tif")], out: at("denoised"), uncertainty: 2 },
    });
    expect(denoised).toHaveLength(1);
  });

  test("as a histogram serves training and denoising too", async () => {
    const given = run("counted");
    const { manifest } = await train({ ...given, overrides: { ...small, distribution: "histogram" } });
    expect(manifest.configuration).toMatchObject({ noise: { histogram: measurement.histogram } });
    const { denoised } = await denoiseFiles({
      ...{ methods, model: at("counted"), files: [at("a.tif")], out: at("counted-denoised") },
    });
    const [before, after] = [await readStack(at("a.tif")), await readStack(denoised[0]!.output)];
    expect(after.pages).not.toEqual(before.pages);
  });

  test("is part of a run: without it the run is not gone on with", async () => {
    const { noise: _left, ...without } = run("model");
    await expect(train({ ...without, resume: true })).rejects.toThrow(
      /noise\.gain was [\d.]+, is [\d.]+; noise\.offset was [-\d.]+, is [-\d.]+; noise\.mixture is another; give the same/,
    );
  });

  test("stays as a run was begun with where a later version computes its mixture otherwise", async () => {
    const file = at("model", "manifest.json");
    const text = readFileSync(file, "utf8");
    const begun = (change: object): void => {
      const manifest = JSON.parse(text);
      Object.assign(manifest.configuration.noise, change);
      writeFileSync(file, JSON.stringify(manifest));
    };
    const mixture = { ...measurement.mixture!, leastVariance: 0.5 * measurement.mixture!.leastVariance };
    begun({ mixture });
    const { manifest } = await train({ ...run("model"), resume: true });
    expect(manifest.configuration).toMatchObject({ noise: { mixture } });
    begun({ mixture, gain: 1.01 * measurement.gain });
    await expect(train({ ...run("model"), resume: true })).rejects.toThrow(
      /noise\.gain was [\d.]+, is [\d.]+; noise\.mixture is another/,
    );
    writeFileSync(file, text);
  });

  test("stays so in all methods that learn with it", () => {
    const learning = methods.trained.filter(({ takesNoise }) => takesNoise);
    expect(learning.length).toBeGreaterThan(1);
    const configured = (noise: object): RunConfiguration =>
      ({ updates: 7, noise: { from: "pages", gain: 2, offset: 3, ...noise } }) as unknown as RunConfiguration; // all that is looked at
    const begun = configured({ mixture: { low: 1 } });
    for (const { name, resumed } of learning) {
      expect(resumed!(begun, configured({ mixture: { low: 2 } })), name).toEqual(begun);
      const other = configured({ offset: 4 });
      expect(resumed!(begun, other), name).toBe(other);
    }
  });

  test("of another camera setting is told of in a training, and refused where there is none", async () => {
    const file = (name: string, change: Partial<typeof measurement>) => {
      writeFileSync(at(name), noiseMeasurementText({ ...measurement, ...change }));
      return { ...run(name.replace(".json", "")), noise: at(name) };
    };
    const said: string[] = [];
    const louder = file("louder.json", { gain: 9 * measurement.gain });
    await train(louder, { onWarning: (sentence) => said.push(sentence) });
    expect(said.filter((sentence) => /times that of the calibration/.test(sentence))).not.toEqual([]);
    await expect(train(file("darker.json", { offset: measurement.offset - 1e6 }))).rejects.toThrow(
      /the noise model has no noise at .* grey values/,
    );
  });

  test("is refused by methods that learn without a model of it", async () => {
    const other = run("other", methods.trainedNamed("noise2void"));
    await expect(train({ ...other, overrides: {} })).rejects.toThrow(
      "Noise2Void learns without a model of the noise; leave it out",
    );
  });
});
