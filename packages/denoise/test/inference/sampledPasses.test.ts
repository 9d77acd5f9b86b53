import type { GeneratorVariables } from "@clidim/clidim";
import { clidim, generatorOf } from "@clidim/clidim";
import { fitNormalization } from "@clidim/imaging";
import { add, cast, concat, key, mapTree, mul, normal, type Tensor, tensor, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { denoiser } from "../../src/inference/denoise.js";
import { mapText, passesDenoiser } from "../../src/inference/denoisePasses.js";
import { RunningMoments } from "../../src/inference/runningMoments.js";
import { sampledPasses } from "../../src/inference/sampledPasses.js";
import type { Model } from "../../src/model/modelFile.js";
import type { MethodVariables, Sampled } from "../../src/protocol/method.js";

const configuration = resolveConfiguration(clidim, "laptop", { ngf: 2, dropout: 0.5 });
/** Fresh weights are so small that the inner blocks hardly matter; trained ones are larger. */
const strong = (): GeneratorVariables => {
  const { params, stats } = generatorOf(configuration).init(key(11), [1, 64, 64, 1]);
  return { params: mapTree((x) => mul(x, 12), params), stats };
};
const variables = strong();
const page = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.sin(i / 5) * Math.cos(i / 64 / 3));

describe("sampledPasses", () => {
  it("gives the moments of passes that differ, the same ones each time, others for another page or seed", async () => {
    const counted: number[][] = [];
    const run = sampledPasses(clidim, configuration, variables, { passes: 6 });
    const first = await run(page, 64, 64, 0, { onTile: (done, total) => counted.push([done, total]) });
    expect(counted).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
    expect(first.deviation.every((value) => value >= 0)).toBe(true);
    expect(Math.max(...first.deviation)).toBeGreaterThan(0.01);
    expect(await sampledPasses(clidim, configuration, variables, { passes: 6 })(page, 64, 64, 0)).toEqual(
      first,
    );
    expect((await run(page, 64, 64, 1)).deviation).not.toEqual(first.deviation);
    const other = await sampledPasses(clidim, configuration, variables, { passes: 6, seed: 1 })(
      page,
      64,
      64,
      0,
    );
    expect(other.deviation).not.toEqual(first.deviation);
  });

  it("adds the variance that a network predicts to that of its passes, tile by tile", async () => {
    const [width, height] = [40, 24];
    const ramp = Float32Array.from({ length: width * height }, (_, i) => (i % width) / width);
    const predicting = (drawn: number) => ({
      sampled: () => (_variables: MethodVariables, x: Tensor, draws: Tensor) =>
        concat([add(x, mul(normal(draws, x.shape), drawn)), mul(add(x, 1), 0.4)], 3),
      geometry: () => ({ multiple: 8, bytesPerPixel: 4 }),
    });
    const none = { params: {}, stats: {} };
    for (const maxTileSide of [64, 16]) {
      const options = { passes: 2, maxTileSide };
      const still = await sampledPasses(predicting(0), configuration, none, options)(ramp, width, height, 0);
      for (const [i, value] of still.deviation.entries()) {
        expect(value).toBeCloseTo(0.4 * (ramp[i]! + 1), 5);
        expect(still.mean[i]).toBeCloseTo(ramp[i]!, 5);
      }
    }
    const { deviation } = await sampledPasses(predicting(0.3), configuration, none, { passes: 40 })(
      ramp,
      width,
      height,
      0,
    );
    const squares = deviation.reduce((sum, value, i) => sum + value ** 2 - (0.4 * (ramp[i]! + 1)) ** 2, 0);
    expect(squares / deviation.length).toBeCloseTo(0.09, 2);
  });

  it("is as much larger as the result of a model whose brightness was corrected", async () => {
    const model: Model = {
      ...{ method: clidim, configuration, variables, provenance: {} },
      normalization: fitNormalization([{ data: Uint16Array.of(0, 1000) }], { mode: "minmax" }),
    };
    const noisy = { width: 64, height: 64, data: page.map((value) => 500 + 400 * value) };
    const mapOf = async (one: Model): Promise<ArrayLike<number>> => {
      const passes = passesDenoiser([one], { uncertainty: 3 });
      return (await passes.denoise(noisy, [one.normalization], 0, () => {})).map!.data;
    };
    const plain = await mapOf(model);
    const fluxCalibration = { gain: 1.25, offset: 0.1, crops: 4, before: 0 };
    const corrected = await mapOf({ ...model, fluxCalibration });
    expect(Math.max(...Array.from(plain))).toBeGreaterThan(1);
    for (let i = 0; i < plain.length; i++) {
      expect(Math.abs(corrected[i]! - 1.25 * plain[i]!)).toBeLessThanOrEqual(1e-6 * plain[i]!);
    }
  });

  it("keeps running statistics: with a rate of next to nothing all passes are the plain result", async () => {
    const nearly = { ...configuration, dropout: 1e-9 };
    const { mean, deviation } = await sampledPasses(clidim, nearly, variables, { passes: 2 })(
      page,
      64,
      64,
      0,
    );
    const plain = await denoiser(clidim, configuration, variables)(page, 64, 64);
    mean.forEach((value, i) => {
      expect(value).toBeCloseTo(plain[i]!, 5);
    });
    expect(Math.max(...deviation)).toBeLessThan(1e-6);
  });

  it("its passes are those of a network with dropout in evaluation, which needs a key", () => {
    const network = generatorOf(configuration, { dropoutInEvaluation: true });
    const variables = strong();
    const x = tensor(page, { shape: [1, 64, 64, 1] });
    expect(() => network.apply(variables, x, { train: false })).toThrow(/dropout: .*needs a key/);
    const [a, b] = [1, 2].map((seed) => network.apply(variables, x, { train: false, key: key(seed) }));
    const [first, second] = interpret([a!.output, b!.output]);
    expect(first).not.toEqual(second);
    expect(interpret([a!.stats.up2!.norm!.mean!])).toEqual(interpret([variables.stats.up2!.norm!.mean!]));
  });

  it("does not sink where tiles overlap", async () => {
    const [width, height] = [160, 64];
    // Alike in all tiles.
    const flat = Float32Array.from({ length: width * height }, (_, i) => Math.cos((i * Math.PI) / 8));
    const run = sampledPasses(clidim, configuration, variables, { passes: 32, maxTileSide: 64 });
    const { deviation } = await run(flat, width, height, 0);
    const meanOf = (from: number, to: number): number => {
      let sum = 0;
      for (let y = 16; y < 48; y++) for (let x = from; x < to; x++) sum += deviation[y * width + x]!;
      return sum / (32 * (to - from));
    };
    // Tiles start at 0, 48 and 96: columns 48 to 63 belong to two.
    expect(meanOf(50, 62) / meanOf(66, 94)).toBeGreaterThan(0.85);
  });

  it("shows no tiles: few draws, and still neighbouring places differ no more at edges of tiles than elsewhere", async () => {
    const [width, height] = [320, 64];
    const flat = Float32Array.from({ length: width * height }, (_, i) => Math.cos((i * Math.PI) / 8));
    const run = sampledPasses(clidim, configuration, variables, { passes: 4, maxTileSide: 64 });
    const { deviation } = await run(flat, width, height, 0);
    const columns = Array.from({ length: width }, (_, x) => {
      let sum = 0;
      for (let y = 0; y < height; y++) sum += deviation[y * width + x]! / height;
      return sum;
    });
    // Means over eight columns, as the image repeats every 16 and its squares every 8.
    const smooth = Array.from({ length: width - 8 }, (_, x) =>
      columns.slice(x, x + 8).reduce((a, b) => a + b / 8, 0),
    );
    const mean = smooth.reduce((a, b) => a + b) / smooth.length;
    for (const value of smooth) {
      expect(value / mean).toBeGreaterThan(0.6);
      expect(value / mean).toBeLessThan(1.5);
    }
  });

  it("refuses networks without dropout, and single passes", () => {
    const shallow = resolveConfiguration(clidim, "laptop", { downs: 5, ngf: 2, crop: 32 });
    expect(() => sampledPasses(clidim, shallow, variables, { passes: 4 })).toThrow(
      /the model has no dropout to make passes differ \(downs 5, dropout 0\.5/,
    );
    expect(() => sampledPasses(clidim, { ...configuration, dropout: 0 }, variables, { passes: 4 })).toThrow(
      /no dropout to make passes differ \(downs 6, dropout 0;/,
    );
    expect(() => sampledPasses(clidim, configuration, variables, { passes: 1 })).toThrow(
      /at least 2 passes, got 1/,
    );
  });
});

describe("what is drawn for all passes of a page", () => {
  it("is the same in all tiles, and passes are counted", async () => {
    const [width, height] = [40, 24];
    const flat = new Float32Array(width * height);
    const counting = {
      sampled:
        (): Sampled =>
        (_variables, x, _key, { number, ofPage }) =>
          add(x, add(cast(number, "f32"), uniform(ofPage, []))),
      geometry: () => ({ multiple: 8, bytesPerPixel: 4 }),
    };
    const run = sampledPasses(
      counting,
      configuration,
      { params: {}, stats: {} },
      { passes: 3, maxTileSide: 16 },
    );
    const drawn: number[] = [];
    for (const page of [0, 1]) {
      const { mean, deviation } = await run(flat, width, height, page);
      drawn.push(mean[0]!);
      for (const [i, value] of mean.entries()) {
        expect(value).toBeCloseTo(mean[0]!, 5);
        expect(deviation[i]).toBeCloseTo(1, 5);
      }
    }
    for (const value of drawn) expect(Math.floor(value)).toBe(1);
    expect(drawn[0]).not.toBeCloseTo(drawn[1]!, 3);
  });
});

describe("mapText", () => {
  const model: Model = {
    ...{ method: clidim, configuration, variables, provenance: {} },
    normalization: fitNormalization([{ data: Uint16Array.of(0, 1000) }], { mode: "minmax" }),
  };
  it("says whether passes scatter or the network predicts their error", () => {
    expect(mapText([model], "scatter", [])).toMatch(/^the map is the scatter between passes, .*all passes/);
    const predicting: Model = { ...model, method: { ...clidim, predictsDeviation: true } };
    expect(mapText([predicting], "scatter", [])).toMatch(
      /^the map is the standard deviation that the network predicts, which is not an error bar: .* not calibrated/,
    );
    expect(mapText([predicting, predicting], "scatter", [])).toMatch(
      /^the map is the scatter between models/,
    );
  });
});

describe("RunningMoments", () => {
  it("are those of the sample, also far from zero", () => {
    const moments = new RunningMoments(2);
    for (const value of [1e6 + 1, 1e6 + 2, 1e6 + 4]) moments.add([value, 5]);
    expect(moments.mean()[0]).toBeCloseTo(1e6 + 7 / 3, 0);
    expect(moments.deviation()[0]).toBeCloseTo(Math.sqrt(7 / 3), 5);
    expect(moments.deviation()[1]).toBe(0);
    expect(() => moments.add([1])).toThrow(/expected images of 2 values, got 1/);
  });
});
