import {
  exportCheckpoint,
  exportModel,
  importCheckpoint,
  importModel,
  initialTrainingState,
  readMetrics,
  resetMetrics,
  resolveConfiguration,
} from "@clidim/denoise";
import type { Normalization } from "@clidim/imaging";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import {
  defaultDevice,
  evaluate,
  leavesWithPaths,
  readSafetensors,
  sizeOf,
  type Tensor,
  type Tree,
  writeSafetensors,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { presets } from "../../src/presets.js";
import { batchOf, smallConfiguration as configuration, lastUpdate, trainer } from "./smallRun.js";

/** Every tensor by path, as bytes. */
async function bits(tree: Tree<Tensor>): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const [path, leaf] of leavesWithPaths(tree)) {
    const data = await leaf.data();
    entries.push([path, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")]);
  }
  return Object.fromEntries(entries);
}

const train = trainer(configuration);

describe("trainingStep", () => {
  it("the same seed gives the same state bit by bit, another seed another one", async () => {
    const first = await bits(await train(initialTrainingState(clidim, configuration, 7), 0, 3));
    const second = await bits(await train(initialTrainingState(clidim, configuration, 7), 0, 3));
    const other = await bits(await train(initialTrainingState(clidim, configuration, 8), 0, 3));
    expect(second).toEqual(first);
    expect(other["method.generator.params.up1.conv.weight"]).not.toBe(
      first["method.generator.params.up1.conv.weight"],
    );
  });

  it("draws a new dropout mask in every update", () => {
    const step = lastUpdate(configuration);
    const state = initialTrainingState(clidim, configuration, 1);
    const later = { ...state, update: step(state, batchOf(configuration, 0)).update };
    const l1 = [state, later].map((from) => step(from, batchOf(configuration, 0)).metrics.sums.l1!);
    const [first, second] = interpret(l1);
    expect(first![0]).not.toBe(second![0]);
  });

  it("sums its metrics on the device until they are reset", async () => {
    let state = await train(initialTrainingState(clidim, configuration, 2), 0, 2);
    const { means, count } = await readMetrics(state);
    expect(count).toBe(2);
    const { gan, l1, ssim, tv } = configuration.weights;
    expect(means.generator).toBeCloseTo(
      gan * means.gan! + l1 * means.l1! + ssim * means.dssim! + tv * means.tv!,
      3,
    );
    expect(means.discriminator).toBeGreaterThan(0.3);
    state = await train(resetMetrics(state), 2, 3);
    expect((await readMetrics(state)).count).toBe(1);
    expect(await state.update.item()).toBe(3);
  });

  it("learns: the L1 loss falls", async () => {
    const eager = resolveConfiguration(clidim, "laptop", { ...configuration, learningRate: 2e-3 });
    const trainEagerly = trainer(eager);
    let state = await trainEagerly(initialTrainingState(clidim, eager, 3), 0, 2);
    const early = (await readMetrics(state)).means.l1!;
    state = await trainEagerly(state, 2, 60);
    state = await trainEagerly(resetMetrics(state), 60, 62);
    expect((await readMetrics(state)).means.l1).toBeLessThan(0.8 * early);
  });

  it("allocates nothing and compiles nothing once it has run", async () => {
    const device = await defaultDevice();
    let state = await train(initialTrainingState(clidim, configuration, 4), 0, 4);
    await state.update.item();
    const before = device.stats();
    state = await train(state, 4, 8);
    await state.update.item();
    const after = device.stats();
    expect(after.pipelines).toBe(before.pipelines);
    expect(after.liveBytes).toBeLessThanOrEqual(before.liveBytes);
  });

  const plain = resolveConfiguration(clidim, "laptop", { ...configuration, weights: { gan: 0 } });

  it("has no discriminator without an adversarial term", async () => {
    const state = await trainer(plain)(initialTrainingState(clidim, plain, 5), 0, 2);
    expect(Object.keys(state.method)).not.toContain("discriminator");
    const { means } = await readMetrics(state);
    expect([means.gan!, means.discriminator!]).toEqual([0, 0]);
    expect(means.l1).toBeGreaterThan(0);
  });

  it("leaves a discriminator alone that is there, as when a collapse took the adversarial term out", async () => {
    const start = initialTrainingState(clidim, configuration, 5);
    const before = await bits(start.method.discriminator!);
    const state = await trainer(plain)(start, 0, 2);
    expect(await bits(state.method.discriminator!)).toEqual(before);
  });

  it("does not compute terms of weight 0, but for L1", async () => {
    const weights = { l1: 0, mse: 1, ssim: 0, tv: 0, gan: 0 };
    const squares = resolveConfiguration(clidim, "laptop", { ...configuration, weights });
    const state = await trainer(squares)(initialTrainingState(clidim, squares, 5), 0, 1);
    const { means } = await readMetrics(state);
    expect([means.dssim!, means.tv!, means.msssim!, means.psnr!]).toEqual([0, 0, 0, 0]);
    expect(means.l1).toBeGreaterThan(0);
    expect(means.generator).toBeGreaterThan(0);
  });
});

describe("checkpoints", () => {
  it("a run that is saved, loaded and continued ends as one that was not interrupted, bit by bit", async () => {
    const whole = await bits(await train(initialTrainingState(clidim, configuration, 9), 0, 5));
    const half = await train(initialTrainingState(clidim, configuration, 9), 0, 2);
    const bytes = await exportCheckpoint(clidim, half, { note: "after two" });
    const { state, extra } = importCheckpoint(bytes, clidim, configuration);
    expect(extra).toEqual({ note: "after two" });
    expect(await bits(state)).toEqual(await bits(half));
    // A trainer of its own, as a new process would have.
    expect(await bits(await trainer(configuration)(state, 2, 5))).toEqual(whole);
  });

  it("hold the heads of a contrastive term and their Adam state", async () => {
    const contrastive = resolveConfiguration(clidim, "laptop", {
      ...configuration,
      contrastive: { mode: "joint" },
    });
    const start = initialTrainingState(clidim, contrastive, 3);
    const { state } = importCheckpoint(await exportCheckpoint(clidim, start), clidim, contrastive);
    expect(await bits(state.method.contrastive)).toEqual(await bits(start.method.contrastive));
    expect(Object.keys(await bits(state.method.contrastive))).toContain("optimizer.m.down6.hidden.weight");
  });

  it("says what does not fit", async () => {
    const bytes = await exportCheckpoint(clidim, initialTrainingState(clidim, configuration, 0));
    const wider = resolveConfiguration(clidim, "laptop", { ...configuration, ngf: 3 });
    expect(() => importCheckpoint(bytes, clidim, wider, "run/checkpoint.safetensors")).toThrow(InputError);
    expect(() => importCheckpoint(bytes, clidim, wider, "run/checkpoint.safetensors")).toThrow(
      /^run\/checkpoint\.safetensors: generator\.params\.down1\.conv\.weight is f32 \[4,4,1,2\], but .* f32 \[4,4,1,3\]/,
    );
    const shallower = resolveConfiguration(clidim, "laptop", { ...configuration, downs: 5 });
    expect(() => importCheckpoint(bytes, clidim, shallower)).toThrow(
      /holds generator\.params\.down5\.norm\.\w+, which/,
    );
    const deeper = resolveConfiguration(clidim, "laptop", { ...configuration, downs: 7, crop: 128 });
    expect(() => importCheckpoint(bytes, clidim, deeper)).toThrow(/has no generator\.params/);
    expect(() => importModel(bytes, methods, "m")).toThrow(
      /^m: expected a CLIDiM model, got a CLIDiM checkpoint/,
    );
  });
});

describe("models", () => {
  const normalization: Normalization = {
    mode: "percentile",
    low: 101.5,
    high: 4020,
    lowPercent: 0.1,
    highPercent: 99.9,
    bound: 0.8,
  };
  const provenance = { seed: 3, files: ["a.tif"], versions: { clidim: "0.0.0" } };
  const { params, stats } = initialTrainingState(clidim, configuration, 3).method.generator;

  it("come back as they were, under PyTorch's names and layouts", async () => {
    const bytes = await exportModel(
      { params, stats },
      { method: clidim, configuration, normalization, provenance },
    );
    const model = importModel(bytes, methods);
    expect(model.configuration).toEqual(configuration);
    expect(model.normalization).toEqual(normalization);
    expect(model.provenance).toEqual(provenance);
    await evaluate(model.variables);
    expect(await bits(model.variables)).toEqual(await bits({ params, stats }));
    const header = new TextDecoder().decode(
      bytes.slice(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
    );
    expect(JSON.parse(header)).toMatchObject({
      "down2.conv.weight": { dtype: "F32", shape: [4, 2, 4, 4] },
      "up2.conv.weight": { dtype: "F32", shape: [8, 2, 4, 4] },
      "up2.norm.running_var": { dtype: "F32", shape: [2] },
      __metadata__: { format: "clidim-model", version: "1", method: "clidim@1" },
    });
  });

  it("with bilinear upsampling come back too", async () => {
    const bilinear = resolveConfiguration(clidim, "laptop", { ...configuration, upsampling: "bilinear" });
    const { params: before, stats: beforeStats } = initialTrainingState(clidim, bilinear, 4).method.generator;
    const described = { method: clidim, configuration: bilinear, normalization, provenance };
    const model = importModel(await exportModel({ params: before, stats: beforeStats }, described), methods);
    await evaluate(model.variables);
    expect(await bits(model.variables)).toEqual(await bits({ params: before, stats: beforeStats }));
  });

  it("of another kind or damaged are one clear sentence", async () => {
    const bytes = await exportModel(
      { params, stats },
      { method: clidim, configuration, normalization, provenance },
    );
    const expectMessage = (damaged: Uint8Array, message: RegExp) => {
      expect(() => importModel(damaged, methods, "m.safetensors")).toThrow(InputError);
      expect(() => importModel(damaged, methods, "m.safetensors")).toThrow(message);
    };
    expectMessage(
      new TextEncoder().encode("II*\0 not a model at all"),
      /^m\.safetensors: expected a CLIDiM model/,
    );
    expectMessage(bytes.slice(0, -100), /^m\.safetensors: .*truncated/);
    const weight = bytes.slice();
    weight[weight.length - 1]! ^= 1;
    expectMessage(weight, /^m\.safetensors: is damaged: its checksum is/);
    const { tensors, metadata } = readSafetensors(bytes);
    const { checksum: _, ...unchecked } = metadata;
    const plain = writeSafetensors(tensors, unchecked);
    const renamed = (from: string, to: string) => {
      const copy = plain.slice();
      const text = Buffer.from(copy.buffer);
      text.write(to, text.indexOf(from));
      return copy;
    };
    expectMessage(renamed("clidim-model", "other--model"), /of another kind \(format "other--model"\)/);
    expectMessage(renamed('"version":"1"', '"version":"7"'), /has version 7 .*reads up to 1/);
    expectMessage(renamed("down6.conv.weight", "down9.conv.weight"), /no tensor for down6\.conv\.weight/);
    expectMessage(renamed('\\"ngf\\":2', '\\"ngf\\":3'), /^m\.safetensors: .*has shape/);
    expectMessage(renamed('\\"ngf\\":2', '\\"nfg\\":2'), /nfg is not a key/);
    expectMessage(renamed('\\"low\\":101.5', '\\"low\\":101.x'), /normalization is missing or not JSON/);
    expectMessage(renamed('\\"low\\":101.5', '\\"low\\":null '), /normalization is not one/);
  });

  // As the tables of pix2pix's networks count them; the learnt filter of the output is 9 x 9.
  const [eightDowns, filter] = [54_407_809, 81];
  const sizes: Readonly<Record<keyof typeof presets, readonly [generator: number, discriminator?: number]>> =
    {
      laptop: [1829025 + filter, 175057],
      quick: [288_321 + filter],
      best: [647_521 + filter],
      "as-printed": [41_822_849, 2_764_609],
      "as-released": [eightDowns, 2_764_609],
      recommended: [eightDowns + filter, 2_764_609],
      mid3a: [39_155_905, 2_764_609],
    };
  it.each(Object.values(presets))(
    "of preset $preset have the sizes and shapes of their networks",
    (preset) => {
      const { generator, discriminator } = initialTrainingState(clidim, preset, 0).method;
      const shapesOf = (tree: Tree<Tensor>): Record<string, readonly number[]> =>
        Object.fromEntries(leavesWithPaths(tree).map(([path, { shape }]) => [path, shape]));
      const countOf = (tree: Tree<Tensor>): number =>
        leavesWithPaths(tree).reduce((total, [, { shape }]) => total + sizeOf(shape), 0);
      const networks = discriminator ? [generator, discriminator] : [generator];
      expect(networks.map(({ params }) => countOf(params))).toEqual(sizes[preset.preset]);
      const { network, downs, ngf, ndf } = preset;
      const width = Math.min(2 ** (downs - 1), 8) * ngf;
      const shapes = {
        pix2pix: {
          "down1.conv.weight": [4, 4, 1, ngf],
          [`down${downs}.conv.weight`]: [4, 4, width, width],
          [`up${downs}.norm.weight`]: [width],
          "up1.conv.bias": [1],
        },
        unet: {
          "down1.halve.weight": [4, 4, 1, ngf],
          [`down${downs}.halve.weight`]: [2, 2, (downs - 1) * ngf, downs * ngf],
          [`down${downs}.conv.weight`]: [3, 3, downs * ngf, downs * ngf],
          "enlarge1.enlarged.weight": [2, 2, ngf, 2 * ngf],
          "up1.conv.weight": [3, 3, 2 * ngf, ngf],
          "head.conv.weight": [4, 4, 1, ngf],
        },
        nafnet: {
          "halve1.conv.weight": [4, 4, 1, ngf],
          [`halve${downs}.conv.weight`]: [2, 2, 2 ** (downs - 2) * ngf, 2 ** (downs - 1) * ngf],
          "enlarge1.enlarged.weight": [2, 2, ngf, 2 * ngf],
          "head.conv.weight": [4, 4, 1, ngf],
        },
      };
      expect(shapesOf(generator.params)).toMatchObject(shapes[network]);
      if (discriminator) {
        expect(shapesOf(discriminator.params)).toMatchObject({
          "conv1.weight": [4, 4, 2, ndf],
          "conv5.weight": [4, 4, 8 * ndf, 1],
        });
      }
      for (const { params, optimizer } of networks) {
        for (const average of [optimizer.m, optimizer.v]) expect(shapesOf(average)).toEqual(shapesOf(params));
      }
    },
  );
});
