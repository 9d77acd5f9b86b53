import {
  compileTraining,
  denoiser,
  exportCheckpoint,
  exportModel,
  importCheckpoint,
  importModel,
  initialTrainingState,
  readMetrics,
  resetMetrics,
  resolveConfiguration,
  type TrainingState,
} from "@clidim/denoise";
import type { Normalization } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { evaluate, leavesWithPaths, mul, type Tensor, type Tree, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import type { ClidimState } from "../../src/state.js";
import { batchOf, trainer } from "./smallRun.js";

const small = { downs: 3, ngf: 4, ndf: 4, crop: 32, batch: 2, updates: 100, learningRate: 2e-3 } as const;
const exact = resolveConfiguration(clidim, "laptop", small);
const mixed = resolveConfiguration(clidim, "laptop", { ...small, precision: "mixed" });

const trainMixed = trainer(mixed);

async function read(tree: Tree<Tensor>): Promise<Record<string, number[]>> {
  const leaves = leavesWithPaths(tree);
  await evaluate(leaves.map(([, leaf]) => leaf));
  const entries: [string, number[]][] = [];
  for (const [path, leaf] of leaves) entries.push([path, [...(await leaf.data())]]);
  return Object.fromEntries(entries);
}

/** Another scale than 65536, at which the gradients of images as small as these overflow once or twice at the start. */
const withScale = (state: TrainingState<ClidimState>, scale: number): TrainingState<ClidimState> => ({
  ...state,
  ...(state.lossScale && { lossScale: { ...state.lossScale, scale: tensor(scale) } }),
});

/** The mean losses over blocks of `every` updates. */
async function curve(
  configuration: typeof exact,
  blocks: number,
  every: number,
): Promise<Readonly<Record<string, number>>[]> {
  const train = trainer(configuration);
  const means = [];
  let state = withScale(initialTrainingState(clidim, configuration, 3), 512);
  for (let block = 0; block < blocks; block++) {
    state = await train(state, block * every, (block + 1) * every);
    means.push((await readMetrics(state)).means);
    state = resetMetrics(state);
  }
  return means;
}

describe("precision mixed", () => {
  it("keeps parameters, statistics and Adam's averages in f32, and follows the losses of float32", async () => {
    const state = await trainMixed(initialTrainingState(clidim, mixed, 1), 0, 1);
    for (const [path, { dtype }] of leavesWithPaths({
      generator: state.method.generator,
      discriminator: state.method.discriminator,
    })) {
      expect(dtype, path).toBe(path.endsWith(".step") ? "i32" : "f32");
    }
    const [ofHalves, ofFloats] = [await curve(mixed, 5, 8), await curve(exact, 5, 8)];
    for (const [block, means] of ofHalves.entries()) {
      const other = ofFloats[block]!;
      // At first the same but for rounding; later adversaries that are a little apart go their own ways.
      const noise = block === 0 ? 0.01 : 0.1;
      expect(Math.abs(means.l1! / other.l1! - 1), `l1, block ${block}`).toBeLessThan(noise);
      expect(Math.abs(means.generator! / other.generator! - 1), `generator, block ${block}`).toBeLessThan(
        noise,
      );
      expect(
        Math.abs(means.discriminator! / other.discriminator! - 1),
        `discriminator, block ${block}`,
      ).toBeLessThan(0.25);
    }
    expect(ofHalves[4]!.l1).toBeLessThan(0.8 * ofHalves[0]!.l1!);
  });

  it("really computes with halves", async () => {
    const [ofHalves, ofFloats] = [
      await read((await trainMixed(withScale(initialTrainingState(clidim, mixed, 1), 256), 0, 1)).metrics),
      await read((await trainer(exact)(initialTrainingState(clidim, exact, 1), 0, 1)).metrics),
    ];
    const [a, b] = [ofHalves["sums.l1"]![0]!, ofFloats["sums.l1"]![0]!];
    expect(a).not.toBe(b);
    expect(Math.abs(a / b - 1)).toBeLessThan(1e-3);
  });

  it("skips an update whose gradients overflow, halves the scale, and goes on", async () => {
    const start = withScale(initialTrainingState(clidim, mixed, 1), 2 ** 40);
    const before = await read({
      generator: start.method.generator,
      discriminator: start.method.discriminator,
    });
    const skipped = await trainMixed(start, 0, 1);
    expect(
      await read({ generator: skipped.method.generator, discriminator: skipped.method.discriminator }),
    ).toEqual(before);
    const { lossScale, count } = await readMetrics(skipped);
    expect(lossScale).toEqual({ scale: 2 ** 39, skipped: 1 });
    expect(count).toBe(0);
    expect(await skipped.update.item()).toBe(1);

    const next = await trainMixed(withScale(skipped, 256), 1, 2);
    expect(await readMetrics(next)).toMatchObject({ lossScale: { scale: 256, skipped: 1 }, count: 1 });
    const after = await read(next.method.generator.params);
    expect(after["up1.conv.weight"]).not.toEqual(before["method.generator.params.up1.conv.weight"]);
    expect(await next.method.generator.optimizer.step.item()).toBe(1);
  });

  it.each([
    ["off", {}],
    ["pretrain", { contrastive: { mode: "pretrain", pretrainUpdates: 2, captures: false, maskOverlap: 1 } }],
  ] as const)(
    "leaves an update whose forward pass overflows out of the metrics (contrastive mode %s)",
    async (_, values) => {
      const configuration = resolveConfiguration(clidim, "laptop", {
        ...small,
        precision: "mixed",
        ...values,
      });
      const step = compileTraining(clidim, configuration);
      const fresh = (): TrainingState<ClidimState> =>
        withScale(initialTrainingState(clidim, configuration, 1), 64);
      const { noisy, clean } = batchOf(configuration, 0);
      // Beyond 65504, the largest half.
      const overflowed = await step(fresh(), { noisy: mul(noisy, 1e6), clean }, 0);
      expect(await readMetrics(overflowed)).toMatchObject({ count: 0, lossScale: { scale: 32, skipped: 1 } });
      for (const [path, values] of Object.entries(await read(overflowed.metrics))) {
        expect(values, path).toEqual([0]);
      }
      const metrics = await readMetrics(await step(overflowed, batchOf(configuration, 1), 1));
      expect(metrics).toMatchObject({ count: 1, lossScale: { scale: 32, skipped: 1 } });
      for (const [name, value] of Object.entries(metrics.means))
        expect(value, name).toSatisfy(Number.isFinite);
      expect(metrics.means.generator).toBeGreaterThan(0);
    },
  );

  it("goes on from a checkpoint bit for bit, the scale and its count included", async () => {
    const state = await trainMixed(withScale(initialTrainingState(clidim, mixed, 2), 2 ** 40), 0, 2);
    const bytes = await exportCheckpoint(clidim, state);
    const expected = await read(await trainMixed(state, 2, 4));
    const resumed = await read(await trainMixed(importCheckpoint(bytes, clidim, mixed).state, 2, 4));
    expect(resumed).toEqual(expected);
    expect(resumed["lossScale.scale"]![0]).toBeLessThan(2 ** 40);
    expect(() => importCheckpoint(bytes, clidim, exact, "old")).toThrow(/old: holds lossScale\.scale, which/);
  });

  it("makes models that are applied in f32", async () => {
    const state = await trainMixed(initialTrainingState(clidim, mixed, 4), 0, 2);
    const normalization: Normalization = {
      mode: "percentile",
      low: 0,
      high: 1,
      lowPercent: 0.1,
      highPercent: 99.9,
      bound: 0.8,
    };
    const bytes = await exportModel(state.method.generator, {
      method: clidim,
      configuration: mixed,
      normalization,
      provenance: {},
    });
    const model = importModel(bytes, methods);
    const page = Float32Array.from({ length: 32 * 40 }, (_, i) => Math.sin(i / 17));
    const denoised = await denoiser(clidim, model.configuration, model.variables)(page, 40, 32);
    const inFloats = await denoiser(clidim, exact, model.variables)(page, 40, 32);
    expect(denoised).toEqual(inFloats);
  });

  it.each([
    ["disc", { mode: "disc" }],
    ["patchnce", { mode: "patchnce", layers: 2 }],
    ["joint", { mode: "joint" }],
    ["pretrain", { mode: "pretrain", pretrainUpdates: 1 }],
  ] as const)("trains with contrastive mode %s", async (_, contrastive) => {
    const configuration = resolveConfiguration(clidim, "laptop", {
      ...small,
      precision: "mixed",
      contrastive: { maskOverlap: 1, captures: false, ...contrastive },
    });
    const step = compileTraining(clidim, configuration);
    let state = withScale(initialTrainingState(clidim, configuration, 5), 64);
    for (let update = 0; update < 2; update++)
      state = await step(state, batchOf(configuration, update), update);
    const { means, lossScale } = await readMetrics(state);
    expect(lossScale).toEqual({ scale: 64, skipped: 0 });
    expect(means.contrastive).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(means)) expect(value, name).toSatisfy(Number.isFinite);
  });

  it.each([
    ["the gradient penalty", { ganLoss: "wgangp" }],
    ["the penalty at real images", { r1: 1, r1Interval: 1, discriminatorRate: 0.5 }],
  ])("takes %s in f32", async (_, values) => {
    const configuration = resolveConfiguration(clidim, "laptop", { ...small, precision: "mixed", ...values });
    const state = await trainer(configuration)(
      withScale(initialTrainingState(clidim, configuration, 6), 512),
      0,
      2,
    );
    const { means, lossScale } = await readMetrics(state);
    expect(lossScale?.skipped).toBe(0);
    expect(means.discriminator).toSatisfy(Number.isFinite);
  });
});
