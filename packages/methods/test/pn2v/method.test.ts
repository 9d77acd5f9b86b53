import {
  compileTraining,
  describeConfiguration,
  exportModel,
  fitConfigured,
  importModel,
  initialTrainingState,
  type Plain,
  preparedConfiguration,
  resolveConfiguration,
} from "@clidim/denoise";
import { type Image, measureFrames, mixtureVariance, pageInMemory, simulateScenes } from "@clidim/imaging";
import { flatten, key, sizeOf, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { pn2v } from "../../src/pn2v/method.js";
import { presetNames } from "../../src/pn2v/schema.js";
import { methods } from "../../src/registry.js";

const wrong: readonly (readonly [Plain, string])[] = [
  [{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 4, such as 68"],
  [{ crop: 16, maskedPercent: 0.1 }, "maskedPercent is 0.1; allowed: at least 0.4, one pixel of a crop"],
  [{ precision: "mixed" }, 'precision is "mixed"; allowed: float32'],
  [{ inference: "mean" }, 'inference is "mean"; allowed: mmse, prior-mean'],
  [
    { normalization: { mode: "minmax", scope: "batch" } },
    'normalization.scope is "batch"; allowed: data, as the noise model has the grey values of all images',
  ],
];

const simulated = simulateScenes({ seed: 5, size: 64, scenes: 3, frames: 12, photons: 20 });
const scenesOf = (oneField: boolean, frames = 12) =>
  simulated.map(({ name, noisy }) => ({
    name,
    noisy: noisy.slice(0, frames).map(pageInMemory),
    oneField,
    averaged: false,
  }));
const pages: readonly Image[] = simulated.flatMap(({ noisy }) => noisy);
const given = resolveConfiguration(pn2v, "laptop", {
  filters: 4,
  samples: 24,
  crop: 32,
  batch: 4,
  learningRate: 5e-3,
  updates: 60,
  inference: "mmse",
});
const normalization = fitConfigured(pages, given);
const prepared = (changes: Plain, oneField: boolean, frames?: number) =>
  preparedConfiguration(pn2v, resolveConfiguration(pn2v, "laptop", changes), {
    scenes: scenesOf(oneField, frames),
    normalization,
  });

describe("pn2v", () => {
  it.each(presetNames)("preset %s: a whole configuration, and the published network", (preset) => {
    const configuration = resolveConfiguration(pn2v, preset, {});
    const { params } = pn2v.template(configuration);
    const count = flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0);
    expect(count).toBe({ laptop: 107_392, ppn2v: 1_729_312 }[preset]);
    expect(pn2v.geometry(configuration)).toEqual({ multiple: 4, bytesPerPixel: 256 });
  });

  it("every key has a description", () => {
    for (const { key: name, description } of describeConfiguration(pn2v)) {
      expect(description, name).toMatch(/\.$/);
    }
  });

  it.each(wrong)("%j: %s", (changes, message) => {
    expect(() => resolveConfiguration(pn2v, "laptop", changes)).toThrow(message);
  });

  it.each([
    ["pages", false, 12, 1],
    ["frames", true, 12, 3],
    ["frames", true, 4, 1],
  ] as const)(
    "learns the noise of %s (captures: %s, %i of a scene) as a mixture of %i",
    async (from, oneField, frames, components) => {
      const { noise } = await prepared({}, oneField, frames);
      expect(noise).toMatchObject({ from });
      expect(noise!.mixture!.weight).toHaveLength(components);
      for (const signal of [150, 220]) {
        const ratio = mixtureVariance(noise!.mixture!, signal) / (noise!.gain * signal + noise!.offset);
        expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
      }
    },
  );

  it("does not take pages of other fields for captures of one", async () => {
    // A page of each scene in turn.
    const noisy = pages.map((_, i) => pageInMemory(simulated[i % 3]!.noisy[Math.floor(i / 3)]!));
    const scenes = [{ name: "a stack", noisy, oneField: true }];
    const { noise } = await preparedConfiguration(pn2v, given, { scenes, normalization });
    expect(noise).toMatchObject({ from: "pages" });
  });

  it("takes what was measured, and refuses a mixture that was not", async () => {
    const measured = await measureFrames(
      simulated.map(({ name, noisy }) => ({ name, frames: noisy.map(pageInMemory) })),
    );
    const images = { scenes: scenesOf(false), normalization, noise: measured };
    const { noise } = await preparedConfiguration(pn2v, given, images);
    expect(noise).toMatchObject({ from: "frames", gain: measured.gain, mixture: measured.mixture });
    const histogram = { ...given, distribution: "histogram" } as const;
    const counted = await preparedConfiguration(pn2v, histogram, images);
    expect(counted.noise).toMatchObject({ histogram: measured.histogram });
    expect(counted.noise).not.toHaveProperty("mixture");
    const gaussian = { ...given, distribution: "gaussian" } as const;
    expect((await preparedConfiguration(pn2v, gaussian, images)).noise!.mixture!.weight).toHaveLength(1);
    await expect(prepared({ distribution: "mixture" }, false)).rejects.toThrow(
      "distribution mixture: the noise was measured on pages, which tell no more than its variance",
    );
  });

  it("of images that are brighter than what was measured, learns the line unless a mixture is asked for, and says so", async () => {
    const measured = await measureFrames(
      simulated.map(({ name, noisy }) => ({ name, frames: noisy.map(pageInMemory) })),
    );
    const top = measured.mixture!.high;
    /** What is learnt of images whose brightest pixels are so many times as bright, and what is said of the signals. */
    const learnt = async (times: number, distribution: "auto" | "mixture" | "histogram" | "gaussian") => {
      const bright = { ...normalization, high: times * top };
      const images = { scenes: scenesOf(false), normalization: bright, noise: measured };
      const said: string[] = [];
      const tell = (sentence: string) => said.push(sentence);
      const { noise } = await preparedConfiguration(pn2v, { ...given, distribution }, images, tell);
      return { noise: noise!, told: said.filter((sentence) => sentence.startsWith("the images reach")) };
    };
    expect(await learnt(1.1, "auto")).toMatchObject({ noise: { mixture: measured.mixture }, told: [] });
    const line = await learnt(4, "auto");
    expect(line.noise.mixture!.weight).toHaveLength(1);
    for (const signal of [0.5 * top, 3 * top]) {
      const ratio = mixtureVariance(line.noise.mixture!, signal) / (measured.gain * signal + measured.offset);
      expect(ratio).toBeCloseTo(1, 5);
    }
    expect(line.told.join()).toMatch(
      /the images reach [\d.e+]+ grey values, but the mixture was measured on signals up to [\d.e+]+: the noise is learnt as a normal distribution .* set distribution to mixture .*, or measure the noise/,
    );
    const kept = await learnt(4, "mixture");
    expect(kept.noise.mixture).toEqual(measured.mixture);
    expect(kept.told.join()).toMatch(
      /beyond, the noise is learnt to be as it is there; set distribution to gaussian/,
    );
    expect((await learnt(4, "histogram")).told.join()).toMatch(
      /but the histogram was measured .* as it is there/,
    );
    expect((await learnt(4, "gaussian")).told).toEqual([]);
  });

  it("without a noise model says who decides it", () => {
    expect(() => pn2v.apply(given)).toThrow("pn2v: there is no noise model in the configuration");
  });

  it("learns to denoise from noisy images alone, and the model file has its noise", async () => {
    const configuration = await preparedConfiguration(pn2v, given, {
      scenes: scenesOf(false),
      normalization,
    });
    const run = compileTraining(pn2v, configuration);
    const side = 64;
    const { scale, offset } = configuration.noise!.units;
    const imageOf = (page: { readonly data: ArrayLike<number> }) =>
      Array.from(page.data, (value) => value * scale + offset);
    const crops = (update: number) =>
      tensor(
        [0, 1, 2].flatMap((scene) => imageOf(simulated[scene]!.noisy[update % 11]!)),
        { shape: [3, side, side, 1] },
      );
    let state = initialTrainingState(pn2v, configuration, 1);
    const held = pn2v.held!(configuration);
    const test = { noisy: crops(10) };
    const before = await held(pn2v.variables(state.method), test, key(0)).loss.item();
    for (let update = 0; update < 60; update++)
      state = await run(state, { noisy: crops(update % 10) }, update);
    const variables = pn2v.variables(state.method);
    const { loss, pixels } = held(variables, test, key(0));
    expect(await loss.item()).toBeLessThan(before - 0.3);
    expect(await pixels.item()).toBeGreaterThan(3 * 200);

    const described = { method: methods.trainedNamed("pn2v"), configuration, normalization, provenance: {} };
    const read = importModel(await exportModel(variables, described), methods);
    expect(read.configuration).toEqual(configuration);
    const clean = [0, 1, 2].flatMap((scene) => imageOf(simulated[scene]!.clean));
    const errorOf = (values: ArrayLike<number>): number =>
      clean.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0) / clean.length;
    const denoised = await read.method.apply(read.configuration)(read.variables, test.noisy).data();
    const alone = { ...configuration, inference: "prior-mean" } as const;
    const prior = await pn2v.apply(alone)(variables, test.noisy).data();
    const noisyError = errorOf(await test.noisy.data());
    expect(errorOf(denoised)).toBeLessThan(0.5 * noisyError);
    // What the pixel itself says is worth something.
    expect(errorOf(denoised)).toBeLessThan(errorOf(prior));
    const sampled = pn2v.sampled(configuration);
    if (typeof sampled === "string") throw new Error("expected passes with a deviation");
    const pass = { number: tensor(Uint32Array.of(0), { shape: [] }), ofPage: key(0) };
    const both = await sampled(variables, test.noisy, key(0), pass).data();
    expect(both.length).toBe(2 * clean.length);
    for (let i = 0; i < clean.length; i += 97) {
      expect(both[2 * i]).toBeCloseTo(denoised[i]!, 4);
      expect(both[2 * i + 1]).toBeGreaterThanOrEqual(0);
    }
  });
});
