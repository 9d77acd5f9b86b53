import type { PairBatch } from "@clidim/denoise";
import {
  compileTraining,
  initialTrainingState,
  readMetrics,
  resolveConfiguration,
  type TrainingState,
  trainingUpdate,
} from "@clidim/denoise";
import { compile, evaluate, leavesWithPaths, type Tensor, type Tree, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { thorough } from "@clidim/testing/thorough";
import { describe, expect, it } from "vitest";
import { batchMembers } from "../../src/batchMembers.js";
import { clidim } from "../../src/method.js";
import type { Configuration } from "../../src/schema.js";
import type { ClidimState } from "../../src/state.js";
import { plainStep } from "./plainStep.js";
import { batchOf, lastUpdate } from "./smallRun.js";

// The published generator, whose first output is far from the image.
const small = { output: "tanh", downs: 5, ngf: 2, ndf: 2, crop: 32, batch: 3, updates: 100 } as const;

const configure = (changes: Readonly<Record<string, unknown>>): Configuration =>
  resolveConfiguration(clidim, "laptop", { ...small, ...changes });

/** The batch of an update with everything that any mode asks for: samples 0 and 2 overlap, sample 1 is of another scene. */
const fullBatch = (configuration: Configuration, update: number): PairBatch => ({
  ...batchOf(configuration, update),
  capture: batchOf(configuration, update + 50).noisy,
  scenes: tensor(new Int32Array([4, 1, 4])),
  corners: tensor(new Int32Array([0, 0, 0, 0, 5, 3]), { shape: [3, 2] }),
  noise: tensor([0.01, 0.02, 0.02, 0.03, 0, 0.04, 0.01, 0.02, 0.02, 0.05, 0, 0.04], { shape: [2, 3, 2] }),
  levels: tensor(new Int32Array([0, 1, 0, 0, 1, 1]), { shape: [2, 3] }),
});

async function onDevice(configuration: Configuration, updates = 3): Promise<TrainingState<ClidimState>> {
  const step = compileTraining(clidim, configuration);
  let state = initialTrainingState(clidim, configuration, 7);
  for (let update = 0; update < updates; update++)
    state = await step(state, fullBatch(configuration, update), update);
  return state;
}

/** Three updates as one graph, computed in float64. */
function inFloat64(configuration: Configuration): Record<string, Float64Array> {
  const phases = clidim.phases(configuration);
  let state = initialTrainingState(clidim, configuration, 7);
  for (let update = 0; update < 3; update++) {
    const phase = phases.findLast(({ from }) => from <= update)!; // the first is from 0
    const { periodic } = phase;
    const step = periodic && update % periodic.every === 0 ? periodic : phase;
    state = trainingUpdate(configuration, step)(state, fullBatch(configuration, update));
  }
  const leaves = leavesWithPaths(state);
  const values = interpret(leaves.map(([, leaf]) => leaf));
  return Object.fromEntries(leaves.map(([path], i) => [path, values[i]!]));
}

/** Every tensor by path, as numbers: exact for f32. */
async function read(tree: Tree<Tensor>): Promise<Record<string, Float64Array>> {
  const leaves = leavesWithPaths(tree);
  await evaluate(leaves.map(([, leaf]) => leaf));
  const entries: [string, Float64Array][] = [];
  for (const [path, leaf] of leaves) entries.push([path, Float64Array.from(await leaf.data())]);
  return Object.fromEntries(entries);
}

const released = resolveConfiguration(clidim, "as-released").contrastive;
const variants: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "disc, corrected": { contrastive: { mode: "disc" } },
  "disc, as released": { contrastive: released },
  pretrain: { contrastive: { mode: "pretrain", pretrainUpdates: 2, captures: true } },
  supcon: { contrastive: { mode: "supcon", weight: 5 } },
  "joint with more noise in the views, range of the batch": {
    contrastive: { mode: "joint", weight: 5, augmentation: "renoised", captures: true },
    normalization: { mode: "minmax", scope: "batch" },
  },
  patchnce: { contrastive: { mode: "patchnce", layers: 2, patches: 32 } },
  "patchnce of the finest features": {
    network: "unet",
    dropout: 0,
    contrastive: { mode: "patchnce", feature: "finest", layers: 1, patches: 32 },
  },
  "joint on the finest features of nafnet": {
    network: "nafnet",
    dropout: 0,
    contrastive: { mode: "joint", feature: "finest" },
  },
  "wgangp and other options": {
    ganLoss: "wgangp",
    upsampling: "bilinear",
    topK: { decay: 0.8, floor: 0.3 },
    diffAugment: ["brightness", "contrast", "translation", "cutout"],
    l1Target: "noisy",
    ssimUnbiased: true,
    weights: { psnr: 3 },
  },
  "differences of pixels alone": {
    network: "unet",
    dropout: 0,
    output: "filtered",
    weights: { gan: 0, l1: 1, mse: 2, ssim: 0, tv: 0 },
    normalization: { mode: "standard" },
  },
  "a tame discriminator": {
    r1: 2,
    discriminatorRate: 0.2,
    ganWarmup: 0.5,
    emaDecay: 0.9,
    schedule: "cosine",
  },
};
/** And those that differ by less. */
const all: typeof variants = {
  ...variants,
  off: {},
  "disc without fakes, a part of the batch, no head": {
    contrastive: { mode: "disc", includeFakes: false, fraction: 0.7, projection: "none", weight: 0.5 },
  },
  joint: { contrastive: { mode: "joint", weight: 5 } },
  "joint, with the finest features": { contrastive: { mode: "joint", feature: "finest", weight: 5 } },
  "supcon of noise levels": {
    contrastive: { mode: "supcon", weight: 5, labels: "noise" },
  },
  lsgan: { ganLoss: "lsgan", diffAugment: ["saturation"] },
  "a penalty in every second update": { r1: 2, r1Interval: 2 },
};

describe.each(Object.entries(thorough ? all : variants))("three updates, %s", (_name, changes) => {
  const configuration = configure(changes);

  it("are the same each time, and those of the float64 interpreter", async () => {
    const found = await read(await onDevice(configuration));
    expect(await read(await onDevice(configuration))).toEqual(found);
    const exact = inFloat64(configuration);
    expect(Object.keys(found)).toEqual(Object.keys(exact));
    let [count, off] = [0, 0];
    for (const [path, values] of Object.entries(exact)) {
      if (path.startsWith("metrics")) {
        expect(found[path]![0], path).toBeCloseTo(values[0]!, 3 - Math.log10(1 + Math.abs(values[0]!)));
      }
      if (!/\.params\.|\.heads\./.test(path)) continue;
      values.forEach((value, i) => {
        const difference = Math.abs(found[path]![i]! - value);
        // Where a gradient is next to nothing, Adam's first steps may go either way.
        expect(difference, path).toBeLessThan(3 * 2.05 * configuration.learningRate);
        if (difference > 0.02 * configuration.learningRate) off++;
        count++;
      });
    }
    expect(off / count).toBeLessThan(0.01);
  });
});

describe("mode off", () => {
  it("is the plain update bit by bit", async () => {
    const configuration = resolveConfiguration(clidim, "laptop", {
      ...small,
      downs: 6,
      crop: 64,
      emaDecay: 0,
    });
    const run = async (step: typeof lastUpdate): Promise<Record<string, Float64Array>> => {
      const compiled = compile(step(configuration), { donate: [0, 1] });
      let state = initialTrainingState(clidim, configuration, 3);
      for (let update = 0; update < 3; update++)
        state = await compiled(state, batchOf(configuration, update));
      return read(state);
    };
    expect(await run(lastUpdate)).toEqual(await run(plainStep));
  });
});

describe("what a mode changes", () => {
  const start = (configuration: Configuration) => read(initialTrainingState(clidim, configuration, 7));
  const changed = (
    before: Record<string, Float64Array>,
    after: Record<string, Float64Array>,
    prefix: string,
  ): boolean =>
    Object.entries(before).some(
      ([path, values]) => path.startsWith(prefix) && values.some((value, i) => value !== after[path]![i]),
    );

  it("a frozen head stays, a trained one moves with an Adam state of its own", async () => {
    for (const projection of ["frozen", "trained"]) {
      const configuration = configure({ contrastive: { mode: "disc", projection } });
      const [before, after] = [await start(configuration), await read(await onDevice(configuration))];
      expect(Object.keys(before)).toContain("method.contrastive.heads.penultimate.hidden.weight");
      expect(changed(before, after, "method.contrastive.heads")).toBe(projection === "trained");
      expect(after["method.contrastive.optimizer.step"]?.[0]).toBe(projection === "trained" ? 3 : undefined);
    }
  });

  it("disc makes two Adam steps of D per update, with one state", async () => {
    const after = await read(await onDevice(configure({ contrastive: released })));
    expect(after["method.discriminator.optimizer.step"]![0]).toBe(6);
    expect(after["method.generator.optimizer.step"]![0]).toBe(3);
  });

  it("pretrain touches the encoder alone, then everything, with a fresh Adam state", async () => {
    const configuration = configure({ contrastive: { mode: "pretrain", pretrainUpdates: 2 } });
    const before = await start(configuration);
    const pretrained = await read(await onDevice(configuration, 2));
    for (const block of [1, 2, 3, 4, 5]) {
      expect(changed(before, pretrained, `method.generator.params.down${block}.conv`)).toBe(true);
      expect(changed(before, pretrained, `method.generator.params.up${block}`)).toBe(false);
    }
    expect(changed(before, pretrained, "method.generator.stats")).toBe(false);
    expect(changed(before, pretrained, "method.generator.optimizer")).toBe(false);
    expect(changed(before, pretrained, "method.discriminator")).toBe(false);
    expect(changed(before, pretrained, "method.contrastive.heads")).toBe(true);
    const after = await read(await onDevice(configuration, 3));
    expect(changed(pretrained, after, "method.contrastive")).toBe(false);
    expect(changed(pretrained, after, "method.generator.params.up1")).toBe(true);
    expect(after["method.generator.optimizer.step"]![0]).toBe(1);
  });

  it("startUpdate: until then it is mode off bit by bit", async () => {
    const plain = await read((await onDevice(configure({}), 2)).method.generator);
    const late = configure({ contrastive: { mode: "joint", weight: 5, startUpdate: 2 } });
    const before = await onDevice(late, 2);
    expect(await read(before.method.generator)).toEqual(plain);
    expect((await readMetrics(before)).means.contrastive).toBe(0);
    expect((await readMetrics(await onDevice(late, 3))).means.contrastive).toBeGreaterThan(0);
  });

  it("weight 0 trains as mode off bit by bit, also the discriminator", async () => {
    const run = async (contrastive: object) => {
      const { generator, discriminator } = (await onDevice(configure({ contrastive }), 2)).method;
      return read({ generator, ...(discriminator && { discriminator }) });
    };
    const plain = await run({ mode: "off" });
    for (const mode of ["joint", "disc"]) expect(await run({ mode, weight: 0 }), mode).toEqual(plain);
  });

  it("the contrastive loss is measured before its weight, the generator's with it", () => {
    const measured = (mode: string, weight: number) => {
      const configuration = configure({ contrastive: { mode, weight, pretrainUpdates: 2 } });
      const [first] = clidim.phases(configuration);
      const state = initialTrainingState(clidim, configuration, 7);
      const { metrics } = trainingUpdate(configuration, first!)(state, fullBatch(configuration, 0));
      const { contrastive, generator } = metrics.sums;
      return interpret([contrastive!, generator!]).map(([value]) => value!);
    };
    const [loss, weighted] = measured("pretrain", 4) as [number, number];
    expect(loss).toBeGreaterThan(0.1);
    expect(weighted).toBeCloseTo(4 * loss, 6);
    const [once, fourTimes] = [measured("disc", 1), measured("disc", 4)];
    expect(once[0]).toBeGreaterThan(0.1);
    expect(fourTimes[0]).toBeCloseTo(once[0]!, 6);
  });

  it("the views differ from update to update", async () => {
    const configuration = configure({ learningRate: 1e-9, contrastive: { mode: "joint" } });
    const step = lastUpdate(configuration);
    const first = initialTrainingState(clidim, configuration, 7);
    const later = { ...first, update: tensor(1) };
    const batch = fullBatch(configuration, 0);
    const losses = interpret([first, later].map((state) => step(state, batch).metrics.sums.contrastive!));
    expect(losses[0]![0]).not.toBe(losses[1]![0]);
  });

  it("a batch with what batchMembers asks for is enough", () => {
    for (const variant of Object.values(all)) {
      const configuration = configure(variant);
      const { capture, places, noise, levels } = batchMembers(configuration);
      const { noisy, clean, ...more } = fullBatch(configuration, 0);
      const batch = {
        noisy,
        clean,
        ...(capture && { capture: more.capture! }),
        ...(places && { scenes: more.scenes!, corners: more.corners! }),
        ...(noise && { noise: more.noise! }),
        ...(levels && { levels: more.levels! }),
      };
      let state = initialTrainingState(clidim, configuration, 0);
      for (const phase of clidim.phases(configuration))
        state = trainingUpdate(configuration, phase)(state, batch);
      expect(state.update.shape).toEqual([]);
    }
    const nothing = { capture: false, places: false, noise: false };
    expect(batchMembers(configure({}))).toEqual(nothing);
    expect(batchMembers(configure({ contrastive: { mode: "supcon" } }))).toEqual({
      ...nothing,
      capture: "any",
      places: true,
    });
    expect(batchMembers(configure({ contrastive: { mode: "supcon", labels: "noise" } }))).toEqual({
      ...nothing,
      capture: "any",
      levels: { bins: 4, askedBy: "contrastive.labels noise" },
    });
    expect(batchMembers(configure({ contrastive: released }))).toEqual(nothing);
  });

  it("says what a batch lacks", () => {
    const traced = (contrastive: object, members: object) => () => {
      const configuration = configure({ contrastive });
      lastUpdate(configuration)(initialTrainingState(clidim, configuration, 0), {
        ...batchOf(configuration, 0),
        ...members,
      });
    };
    expect(traced({ mode: "disc" }, {})).toThrow(
      /mode disc with maskOverlap 0\.5 needs batches with scenes \[N\]/,
    );
    expect(traced({ mode: "disc", maskOverlap: 1 }, {})).not.toThrow();
    const { scenes, corners } = fullBatch(configure({}), 0);
    expect(traced({ mode: "supcon" }, { scenes, corners })).toThrow(
      /mode supcon with captures needs batches with capture/,
    );
    expect(traced({ mode: "supcon", captures: false }, { scenes, corners })).not.toThrow();
    expect(traced({ mode: "supcon", captures: false, labels: "noise" }, {})).toThrow(
      /mode supcon with labels noise needs batches with levels \[2,N\]/,
    );
    expect(traced({ mode: "disc", maskOverlap: 1, augmentation: "renoised" }, {})).toThrow(
      /renoised views need the noise of each image/,
    );
  });

  it("learns: the contrastive loss of each mode falls", async () => {
    for (const mode of ["disc", "joint", "patchnce"]) {
      const configuration = configure({
        learningRate: 2e-3,
        updates: 1000,
        // It works against all that makes the discriminator steep, this term of it too.
        r1: 0,
        contrastive: { mode, weight: 10, layers: 2, patches: 16 },
      });
      const step = compileTraining(clidim, configuration);
      let state = initialTrainingState(clidim, configuration, 1);
      const meanOver = async (from: number, to: number): Promise<number> => {
        const earlier = await readMetrics(state);
        for (let update = from; update < to; update++)
          state = await step(state, fullBatch(configuration, update % 4), update);
        const { means, count } = await readMetrics(state);
        const total =
          means.contrastive! * count - (earlier.count > 0 ? earlier.means.contrastive! * earlier.count : 0);
        return total / (to - from);
      };
      const early = await meanOver(0, 5);
      await meanOver(5, 55);
      expect(await meanOver(55, 60), mode).toBeLessThan(0.8 * early);
    }
  });
});

describe("what keeps the discriminator tame", () => {
  const terms = (
    { weights: { l1, ssim, tv } }: Configuration,
    means: Readonly<Record<string, number>>,
  ): number => l1 * means.l1! + ssim * means.dssim! + tv * means.tv!;

  it("ganWarmup: the adversarial term rises from 0 to its weight", async () => {
    // After update 10 of 100.
    const configuration = configure({ ganWarmup: 0.1, weights: { gan: 7 } });
    const step = lastUpdate(configuration);
    for (const [update, factor] of [
      [0, 0],
      [5, 3.5],
      [10, 7],
      [60, 7],
    ] as const) {
      const state = { ...initialTrainingState(clidim, configuration, 7), update: tensor(update) };
      const { sums } = step(state, batchOf(configuration, 0)).metrics;
      const names = Object.keys(sums);
      const values = interpret(Object.values(sums));
      const means = Object.fromEntries(names.map((name, i) => [name, values[i]![0]!]));
      expect(means.generator! - terms(configuration, means), `update ${update}`).toBeCloseTo(
        factor * means.gan!,
        6,
      );
    }
  });

  it("discriminatorRate: its steps are so much shorter, those of the generator as long", () => {
    const moved = (discriminatorRate: number): readonly number[] => {
      const configuration = configure({ discriminatorRate });
      const start = initialTrainingState(clidim, configuration, 7);
      const { discriminator, generator } = lastUpdate(configuration)(start, batchOf(configuration, 0)).method;
      const [a, b, c, d] = interpret([
        start.method.discriminator!.params.conv2!.weight!,
        discriminator!.params.conv2!.weight!,
        start.method.generator.params.down1!.conv!.weight!,
        generator.params.down1!.conv!.weight!,
      ]) as [Float64Array, Float64Array, Float64Array, Float64Array];
      const length = (x: Float64Array, y: Float64Array): number => Math.hypot(...x.map((v, i) => v - y[i]!));
      return [length(a, b), length(c, d)];
    };
    const [whole, part] = [moved(1), moved(0.25)];
    expect(part[0]! / whole[0]!).toBeCloseTo(0.25, 4);
    expect(part[1]! / whole[1]!).toBeCloseTo(1, 2);
  });

  it("r1 with an interval is in the updates 0, 2 and so on alone, twice as large", async () => {
    const after = async (changes: Readonly<Record<string, unknown>>, updates: number) =>
      read((await onDevice(configure({ r1: 0, ...changes }), updates)).method);
    expect(await after({ r1: 2, r1Interval: 2 }, 1)).toEqual(await after({ r1: 4, r1Interval: 1 }, 1));

    const [step, periodic] = [configure({ r1: 2, r1Interval: 2 }), configure({ r1: 2, r1Interval: 1 })];
    const start = initialTrainingState(clidim, step, 7);
    const [between, never, always] = [step, configure({ r1: 0 }), periodic].map((configuration) => {
      const { sums } = lastUpdate(configuration)(start, batchOf(configuration, 1)).metrics;
      return interpret([sums.discriminator!])[0]![0]!;
    });
    expect(between).toBe(never);
    expect(always).toBeGreaterThan(never!);
  });

  it("r1 is part of the discriminator's loss, twice as much with twice the factor", () => {
    const lossWith = (r1: number): number => {
      const configuration = configure({ r1, r1Interval: 1 });
      const start = initialTrainingState(clidim, configuration, 7);
      const { sums } = lastUpdate(configuration)(start, batchOf(configuration, 0)).metrics;
      return interpret([sums.discriminator!])[0]![0]!;
    };
    const [none, once, twice] = [lossWith(0), lossWith(1e3), lossWith(2e3)];
    expect(once - none).toBeGreaterThan(0);
    expect((twice - none) / (once - none)).toBeCloseTo(2, 4);
  });
});

describe("MS-SSIM", () => {
  it("needs crops of 161 pixels and then is a term like the others", async () => {
    expect(() => configure({ weights: { msssim: 1 } })).toThrow(
      /weights\.msssim is 1; allowed: 0 for crops below 161/,
    );
    const configuration = configure({ crop: 192, batch: 2, weights: { gan: 0, msssim: 5 } });
    const compiled = compile(lastUpdate(configuration), { donate: [0, 1] });
    const state = await compiled(initialTrainingState(clidim, configuration, 1), batchOf(configuration, 0));
    const { means } = await readMetrics(state);
    expect(means.msssim).toBeGreaterThan(0.01);
    const { l1, ssim, tv, msssim } = configuration.weights;
    expect(means.generator).toBeCloseTo(
      l1 * means.l1! + ssim * means.dssim! + tv * means.tv! + msssim * means.msssim!,
      3,
    );
  });
});
