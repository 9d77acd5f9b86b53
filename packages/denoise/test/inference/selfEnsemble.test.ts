import { clidim, generatorOf } from "@clidim/clidim";
import { key } from "@clidim/tensor";
import { expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { type BatchDenoiser, batchDenoiser } from "../../src/inference/batchDenoiser.js";
import { type Denoiser, denoiser, networkProgram } from "../../src/inference/denoise.js";
import { passesOf } from "../../src/inference/denoisePasses.js";
import { modelDenoiser } from "../../src/inference/modelDenoiser.js";
import { selfEnsemble } from "../../src/inference/selfEnsemble.js";
import type { Model } from "../../src/model/modelFile.js";

const page = (width: number, height: number): Float32Array =>
  Float32Array.from({ length: width * height }, (_, i) => Math.sin(i % width) * Math.cos(i / width / 3));

const flippedRows = (data: Float32Array, width: number): Float32Array =>
  Float32Array.from(data, (_, i) => {
    const height = data.length / width;
    return data[(height - 1 - Math.floor(i / width)) * width + (i % width)]!;
  });
const flippedColumns = (data: Float32Array, width: number): Float32Array =>
  Float32Array.from(data, (_, i) => data[Math.floor(i / width) * width + width - 1 - (i % width)]!);
const transposed = (data: Float32Array, width: number): Float32Array => {
  const height = data.length / width;
  return Float32Array.from(data, (_, i) => data[(i % height) * width + Math.floor(i / height)]!);
};

test("is the mean over the eight orientations, each turned back", async () => {
  // Adds the index of each pixel in the page that it is given, and notes the page.
  const seen: string[] = [];
  const positions: Denoiser = async (data, width, height) => {
    seen.push(`${width}x${height}:${data.join()}`);
    return data.map((value, i) => value + i);
  };
  const result = await selfEnsemble(positions)(Float32Array.of(10, 20, 30, 40, 50, 60), 3, 2);
  expect(new Set(seen).size).toBe(8);
  expect(seen.filter((text) => text.startsWith("2x3"))).toHaveLength(4);
  // Every pixel has its mirror image as often as itself: the mean index is the middle one.
  expect([...result]).toEqual([12.5, 22.5, 32.5, 42.5, 52.5, 62.5]);
});

test("of four orientations is the mean over those whose rows are the page's rows", async () => {
  const seen: string[] = [];
  const noting: Denoiser = async (data, width, height) => {
    seen.push(`${width}x${height}:${data.join()}`);
    return data.map((value, i) => value + i);
  };
  const values = Float32Array.of(1, 2, 3, 4);
  const result = await selfEnsemble(noting, undefined, 1, 4)(values, 2, 2);
  expect(seen.sort()).toEqual(["2x2:1,2,3,4", "2x2:2,1,4,3", "2x2:3,4,1,2", "2x2:4,3,2,1"]);
  expect([...result]).toEqual([2.5, 3.5, 4.5, 5.5]);
  const batches: number[] = [];
  const batch: BatchDenoiser = {
    most: async () => 8,
    denoise: async (pages) => {
      batches.push(pages.length);
      return pages.map((page) => page.map((value, i) => value + i));
    },
  };
  expect(await selfEnsemble(noting, batch, 1, 4)(values, 2, 2)).toEqual(result);
  expect(batches).toEqual([4]);
});

test("turns with the page, tiles and mirrored borders included; a plain denoiser does not", async () => {
  const configuration = resolveConfiguration(clidim, "laptop", { downs: 3, ngf: 4, crop: 32 });
  const variables = generatorOf(configuration).init(key(11), [1, 32, 32, 1]);
  const plain = denoiser(clidim, configuration, variables, { maxTileSide: 32 });
  const both = selfEnsemble(plain);
  const [width, height] = [45, 30];
  const data = page(width, height);
  const difference = (a: Float32Array, b: Float32Array): number =>
    a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);

  const straight = await both(data, width, height);
  for (const turn of [flippedRows, flippedColumns]) {
    expect(difference(await both(turn(data, width), width, height), turn(straight, width))).toBeLessThan(
      1e-6,
    );
    const single = turn(await plain(data, width, height), width);
    expect(difference(await plain(turn(data, width), width, height), single)).toBeGreaterThan(1e-3);
  }
  const turned = await both(transposed(data, width), height, width);
  expect(difference(turned, transposed(straight, width))).toBeLessThan(1e-6);
});

const network = (() => {
  const configuration = resolveConfiguration(clidim, "laptop", { downs: 3, ngf: 4, crop: 32 });
  return { configuration, variables: generatorOf(configuration).init(key(11), [1, 32, 32, 1]) };
})();

test.each([
  // width, height, largest tile, and the sizes of the batches
  [32, 32, 96, [8]],
  [30, 27, 96, [4, 4]],
  [40, 40, 80, [4, 4]],
  [40, 24, 64, [4, 4]],
  [40, 24, 48, [2, 2, 2, 2]],
  [40, 24, 40, []],
  [45, 30, 32, []],
])(
  "%i x %i pixels, tiles of %i: orientations in batches of %j, the same within rounding",
  async (width, height, maxTileSide, sizes) => {
    const { configuration, variables } = network;
    const options = { maxTileSide, fluxCalibration: { gain: 1.1, offset: 0.1 } };
    const plain = denoiser(clidim, configuration, variables, options);
    const batch = batchDenoiser(networkProgram(clidim, configuration), variables, options);
    const seen: number[] = [];
    const counting: BatchDenoiser = {
      most: (...size) => batch.most(...size),
      denoise: (pages, ...size) => {
        seen.push(pages.length);
        return batch.denoise(pages, ...size);
      },
    };
    const data = page(width, height);
    const alone = await selfEnsemble(plain)(data, width, height);
    const counted: number[][] = [];
    const together = await selfEnsemble(plain, counting)(data, width, height, {
      onTile: (done, total) => counted.push([done, total]),
    });
    expect(seen).toEqual(sizes);
    expect(counted.at(-1)![0]).toBe(counted.at(-1)![1]);
    for (const [i, value] of together.entries()) expect(Math.abs(value - alone[i]!)).toBeLessThan(1e-5);
  },
);

test("a model is applied in the orientations that its configuration names, unless it is said otherwise", async () => {
  const { configuration, variables } = network;
  const model = { method: clidim, configuration, variables };
  const eight = { ...model, configuration: { ...configuration, orientations: 8 } as const };
  const data = page(32, 24);
  const [one, mean] = [
    await modelDenoiser(model)(data, 32, 24),
    await modelDenoiser(model, { ensemble: true })(data, 32, 24),
  ];
  expect(one).toEqual(await denoiser(clidim, configuration, variables)(data, 32, 24));
  expect(mean).not.toEqual(one);
  expect(await modelDenoiser(eight)(data, 32, 24)).toEqual(mean);
  expect(await modelDenoiser(eight, { ensemble: false })(data, 32, 24)).toEqual(one);
  const named = { ...eight, normalization: {} as Model["normalization"], provenance: {} }; // not looked at
  expect(passesOf([named], {})).toBe(8);
  expect(passesOf([named], { ensemble: false, uncertainty: 4 })).toBe(5);
  expect(passesOf([named, { ...named, configuration }], {})).toBe(9);
  const streaked = { ...named, method: { ...clidim, noiseAxis: () => "horizontal" as const } };
  expect(passesOf([streaked], {})).toBe(4);
  const kept = selfEnsemble(denoiser(clidim, configuration, variables), undefined, 1, 4);
  const four = await modelDenoiser(streaked)(data, 32, 24);
  const expected = await kept(data, 32, 24);
  for (const [i, value] of four.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
  expect(four).not.toEqual(mean);
});

test("counts the tiles of all orientations, and refuses a page of another size", async () => {
  const counted: number[][] = [];
  const copy: Denoiser = async (data, _width, _height, { onTile } = {}) => {
    onTile?.(1, 2);
    onTile?.(2, 2);
    return data;
  };
  await selfEnsemble(copy)(page(4, 4), 4, 4, { onTile: (done, total) => counted.push([done, total]) });
  expect(counted).toEqual(Array.from({ length: 16 }, (_, i) => [i + 1, 16]));
  await expect(selfEnsemble(copy)(page(4, 4), 4, 5)).rejects.toThrow(/4 x 5 pixels has 20 values, got 16/);
});
