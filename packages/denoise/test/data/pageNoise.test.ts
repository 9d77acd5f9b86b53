import { clidim } from "@clidim/clidim";
import { counterRandom, fitNormalization, InputError, pageInMemory } from "@clidim/imaging";
import { defaultDevice, evaluate } from "@clidim/tensor";
import { beforeAll, describe, expect, it, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { cropFeed } from "../../src/data/cropFeed.js";
import { drawCrop } from "../../src/data/crops.js";
import {
  noiseBins,
  noiseOfPage,
  noiseOfPlane,
  type PageNoise,
  pageNoise,
  tellingPart,
  tellingPartOf,
} from "../../src/data/pageNoise.js";

/** A ramp from 200 to 1000 grey values, with Poisson-Gaussian noise of variance factor^2 (2 (m - 100) + 30). */
function page(factor: number, seed: number) {
  const random = counterRandom(seed);
  const side = 128;
  const data = Float64Array.from({ length: side * side }, (_, i) => {
    const signal = 200 + (800 * (i % side)) / (side - 1);
    return signal + factor * Math.sqrt(2 * (signal - 100) + 30) * random.normal();
  });
  return { ...pageInMemory({ width: side, height: side, data }), data };
}

describe("pageNoise", () => {
  const scenes = [{ noisy: [page(1, 1), page(2, 2)] }, { noisy: [page(4, 3), page(1, 4)] }];
  const normalization = fitNormalization(scenes[0]!.noisy.slice(0, 1), { mode: "minmax" });
  let noise: PageNoise[][];
  beforeAll(async () => {
    noise = await pageNoise(scenes, normalization);
  });

  it("is the noise in network values, also above the level of no light", () => {
    const scale = 2 / (normalization.high - normalization.low);
    for (const [scene, index, factor] of [
      [0, 0, 1],
      [0, 1, 2],
      [1, 0, 4],
    ] as const) {
      const { gain, offset, level } = noise[scene]![index]!;
      for (const grey of [300, 600, 900]) {
        const value = (grey - normalization.low) * scale - 1;
        const expected = (factor * scale) ** 2 * (2 * (grey - 100) + 30);
        expect((gain * value + offset) / expected).toBeGreaterThan(0.8);
        expect((gain * value + offset) / expected).toBeLessThan(1.25);
      }
      expect(level / (factor * scale * Math.sqrt(2 * 500 + 30))).toBeCloseTo(1, 1);
    }
  });

  it("bins divide the range of levels into equal ratios", () => {
    expect(noiseBins(noise, { bins: 3, askedBy: "labels noise" })).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });

  it("pages may be more than a call has arguments", () => {
    const many = Array.from({ length: 140_001 }, (_, i) => ({ gain: 0, offset: 1, level: 1 + (i % 2) }));
    expect(noiseBins([many], { bins: 2, askedBy: "labels noise" })[0]!.slice(0, 3)).toEqual([0, 1, 0]);
  });

  it("pages of one noise level have nothing to tell apart", async () => {
    const alike = await pageNoise([{ noisy: [page(1, 5), page(1, 6)] }], normalization);
    expect(() => noiseBins(alike, { bins: 4, askedBy: "labels noise" })).toThrow(InputError);
    expect(() => noiseBins(alike, { bins: 4, askedBy: "labels noise" })).toThrow(
      /labels noise: all 2 training pages have about the same noise/,
    );
  });

  it("a page without noise has the least level", async () => {
    const still = await pageNoise([{ noisy: [page(0, 1)] }], normalization);
    expect(still[0]![0]!.level).toBeGreaterThan(0);
    expect(still[0]![0]!.level).toBeLessThan(1e-3);
  });
});

test("a page whose middle is black, or nothing but ground, has the noise of where something is", async () => {
  const random = counterRandom(6);
  const [width, height] = [1600, 96];
  for (const ground of [0, 1]) {
    const data = Uint16Array.from({ length: width * height }, (_, i) => {
      const photons = i % width > 1200 ? 20 + 180 * (((i % width) - 1200) / 400) : ground;
      return photons === 0 ? 100 : Math.round(100 + 3 * (random.poisson(photons) + random.normal()));
    });
    const plane = { width, height, data };
    const lazy = pageInMemory(plane);
    const model = noiseOfPlane(plane);
    expect(await noiseOfPage(lazy)).toEqual(model);
    const at = 100 + 3 * 100;
    expect(Math.sqrt(model.gain * at + model.offset) / (3 * Math.sqrt(101))).toBeCloseTo(1, 1);
    // The units of the page are of the same part.
    expect(tellingPartOf(plane).data[0]).toBe((await tellingPart(lazy)).data[0]);
    const map = { ...fitNormalization([plane], { mode: "minmax" }), low: 0, high: 2 };
    const [[found]] = (await pageNoise([{ noisy: [lazy] }], map)) as [[PageNoise]];
    expect(found.gain).toBeCloseTo(model.gain, 9);
  }
});

test("a page of which hardly anything is there has the noise of that", async () => {
  const random = counterRandom(7);
  const side = 1024;
  const there = (at: number): boolean => at >= 650 && at < 990;
  const data = new Float32Array(side * side).fill(Number.NaN);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) if (there(x) && there(y)) data[y * side + x] = 100 + 5 * random.normal();
  }
  const plane = { width: side, height: side, data };
  const { gain, offset } = noiseOfPlane(plane);
  expect(Math.sqrt(gain * 100 + offset) / 5).toBeCloseTo(1, 1);
  expect(await noiseOfPage(pageInMemory(plane))).toEqual({ gain, offset });
});

describe("cropFeed", () => {
  const sharp = [page(1, 1), page(4, 2)];
  const scenes = [
    { name: "a", noisy: sharp, clean: [page(0, 0)], averaged: false },
    { name: "b", noisy: [page(2, 3)], clean: [page(0, 0)], averaged: false },
  ];
  const normalization = fitNormalization(sharp, { mode: "minmax" });

  it("gives the noise and the bin of each crop's page and of its other capture", async () => {
    const contrastive = { mode: "supcon", labels: "noise", noiseBins: 3 } as const;
    const configuration = resolveConfiguration(clidim, "laptop", {
      downs: 2,
      crop: 32,
      batch: 12,
      contrastive,
    });
    const device = await defaultDevice();
    const feed = await cropFeed(scenes, { method: clidim, configuration, normalization, seed: 3, device });
    const { noisy, levels } = feed.batch(await feed.order(5));
    await evaluate({ noisy, levels: levels! }, { device });
    const bins = noiseBins(await pageNoise(scenes, normalization), { bins: 3, askedBy: "labels noise" });
    expect(bins).toEqual([[0, 2], [1]]);
    const crops = Array.from({ length: 12 }, (_, sample) => drawCrop(scenes, 32, 3, 5, sample));
    expect(new Set(crops.map(({ scene, page: index }) => `${scene} ${index}`)).size).toBe(3);
    expect([...(await levels!.data())]).toEqual([
      ...crops.map((crop) => bins[crop.scene]![crop.page]),
      ...crops.map((crop) => bins[crop.scene]![crop.otherPage]),
    ]);
  });

  it("gives what views need where they add noise", async () => {
    const contrastive = { mode: "disc", augmentation: "renoised" } as const;
    const configuration = resolveConfiguration(clidim, "laptop", {
      downs: 2,
      crop: 32,
      batch: 4,
      contrastive,
    });
    const device = await defaultDevice();
    const feed = await cropFeed(scenes, { method: clidim, configuration, normalization, seed: 3, device });
    const { noise, levels } = feed.batch(await feed.order(0));
    expect(levels).toBeUndefined();
    const known = await pageNoise(scenes, normalization);
    const { scene, page: index } = drawCrop(scenes, 32, 3, 0, 1);
    await evaluate(noise!, { device });
    const found = await noise!.data();
    expect(found[2]).toBeCloseTo(known[scene]![index]!.gain, 6);
    expect(found[3]).toBeCloseTo(known[scene]![index]!.offset, 6);
  });
});
