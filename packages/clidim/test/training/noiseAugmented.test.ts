import { initialTrainingState, resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import { concat, key, leavesWithPaths, type Tensor, tensor, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import { noiseAugmented } from "../../src/step/noiseAugmented.js";
import type { TrainingStep } from "../../src/step/step.js";
import { batchOf, smallConfiguration } from "./smallRun.js";

const configuration = { ...smallConfiguration, batch: 8, crop: 48, noiseAugment: 0, simulatedNoise: 0 };
const pixels = configuration.crop ** 2;
type Batch = Parameters<TrainingStep>[1];

/** Variance 0.02 v + 0.03 in the crops, which is above 0 for v > -1.5; of other captures half of it. */
const noise = tensor(
  Float32Array.from({ length: 2 * 8 * 2 }, (_, i) => (i % 2 === 0 ? 0.02 : 0.03) / (i < 16 ? 1 : 2)),
  { shape: [2, 8, 2] },
);
const batch: Batch = { ...batchOf(configuration, 1), noise };

/** What the step gets to see. */
function seen(changes: Partial<typeof configuration>, seed = 5, given = batch): Batch {
  const batches: Batch[] = [];
  const step: TrainingStep = (state, one) => {
    batches.push(one);
    return { state, metrics: {} };
  };
  const state = {} as Parameters<TrainingStep>[0]; // not looked at
  const context = { update: zeros([]), key: key(seed), lossScale: undefined };
  noiseAugmented({ ...configuration, ...changes }, step)(state, given, context);
  return batches[0]!;
}

const values = (...tensors: readonly Tensor[]): Float64Array[] => interpret(tensors) as Float64Array[];

/** Mean square of each sample's difference of two images, in parts of the variance that the model says. */
function amounts(image: Tensor, from: Tensor, channels = 1): number[] {
  const [now, then, clean] = values(image, from, batch.clean) as [Float64Array, Float64Array, Float64Array];
  return Array.from({ length: configuration.batch }, (_, sample) => {
    let sum = 0;
    for (let i = 0; i < pixels * channels; i++) {
      const at = sample * pixels * channels + i;
      const pixel = sample * pixels + Math.floor(i / channels);
      const difference = now[at]! - then[channels === 1 || then.length === now.length ? at : pixel]!;
      sum += difference ** 2 / (0.02 * clean[pixel]! + 0.03);
    }
    return sum / (pixels * channels);
  });
}
const factorsOf = (after: Batch): number[] =>
  Array.from(values(after.noise!)[0]!.slice(0, 16))
    .filter((_, i) => i % 2 === 0)
    .map((gain) => gain / 0.02);

describe("crops as of shorter exposures", () => {
  it("get the noise that they lack: their variance is the page's times a factor of their own", () => {
    const after = seen({ noiseAugment: 3 });
    const factors = factorsOf(after);
    expect(new Set(factors.map((factor) => factor.toFixed(3))).size).toBe(8);
    for (const factor of factors) {
      expect(factor).toBeGreaterThanOrEqual(1);
      expect(factor).toBeLessThanOrEqual(4);
    }
    // 2304 pixels: the mean square is known to 3 %.
    amounts(after.noisy, batch.noisy).forEach((amount, sample) => {
      expect(amount / (factors[sample]! - 1)).toBeGreaterThan(0.87);
      expect(amount / (factors[sample]! - 1)).toBeLessThan(1.13);
    });
    expect(after.clean).toBe(batch.clean);
  });

  it("say what their noise is, that of other captures staying as it is", () => {
    const [now, then] = values(seen({ noiseAugment: 3 }).noise!, noise) as [Float64Array, Float64Array];
    expect(now.slice(16)).toEqual(then.slice(16));
    for (let sample = 0; sample < 8; sample++) {
      expect(now[2 * sample + 1]! / 0.03).toBeCloseTo(now[2 * sample]! / 0.02, 5);
    }
  });

  it("are the clean image with all noise drawn, of the part that is asked for", () => {
    const all = seen({ simulatedNoise: 1 });
    for (const amount of amounts(all.noisy, batch.clean)) {
      expect(amount).toBeGreaterThan(0.87);
      expect(amount).toBeLessThan(1.13);
    }
    const parts = Array.from({ length: 40 }, (_, seed) => {
      const after = amounts(seen({ simulatedNoise: 0.25 }, seed).noisy, batch.noisy);
      return after.filter((amount) => amount > 0).length / 8;
    });
    // Of 320 samples: 0.25 with a standard deviation of 0.024.
    expect(parts.reduce((sum, part) => sum + part, 0) / 40).toBeGreaterThan(0.17);
    expect(parts.reduce((sum, part) => sum + part, 0) / 40).toBeLessThan(0.33);
    const both = seen({ simulatedNoise: 1, noiseAugment: 3 });
    amounts(both.noisy, batch.clean).forEach((amount, sample) => {
      expect(amount / factorsOf(both)[sample]!).toBeGreaterThan(0.87);
      expect(amount / factorsOf(both)[sample]!).toBeLessThan(1.13);
    });
  });

  it("have noise of their own in each frame", () => {
    const frames = { ...batch, noisy: concat([batch.noisy, batch.noisy], 3) };
    const { noisy } = seen({ simulatedNoise: 1 }, 5, frames);
    for (const amount of amounts(noisy, batch.clean, 2)) {
      expect(amount).toBeGreaterThan(0.87);
      expect(amount).toBeLessThan(1.13);
    }
    const [data] = values(noisy) as [Float64Array];
    const [clean] = values(batch.clean) as [Float64Array];
    let together = 0;
    for (let i = 0; i < clean.length; i++) {
      together += ((data[2 * i]! - clean[i]!) * (data[2 * i + 1]! - clean[i]!)) / (0.02 * clean[i]! + 0.03);
    }
    expect(Math.abs(together / clean.length)).toBeLessThan(0.03);
  });

  it("hang on the key of the update alone", () => {
    const changes = { noiseAugment: 1, simulatedNoise: 0.5 };
    const [a, b, c] = values(seen(changes).noisy, seen(changes).noisy, seen(changes, 6).noisy);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it("have no more noise where the model has none", () => {
    const none = tensor(
      Float32Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 0 : -1)),
      {
        shape: [2, 8, 2],
      },
    );
    const [now, then] = values(seen({ noiseAugment: 1 }, 5, { ...batch, noise: none }).noisy, batch.noisy);
    expect(now).toEqual(then);
  });

  it("are the crops as they are without the keys, and need the noise of the pages with one", () => {
    const step: TrainingStep = (state) => ({ state, metrics: {} });
    expect(noiseAugmented(configuration, step)).toBe(step);
    const { noise: _without, ...bare } = batch;
    expect(() => seen({ noiseAugment: 1 }, 5, bare)).toThrow(/noiseAugmented: needs batches with noise/);
    expect(clidim.members({ ...configuration, simulatedNoise: 0.5 }).noise).toBe(true);
    expect(clidim.members(configuration).noise).toBe(false);
  });

  it("are what a whole update is made from", () => {
    const given = resolveConfiguration(clidim, "quick", {
      ...{ ngf: 1, batch: 2, crop: 32, frames: 2, noiseAugment: 1, simulatedNoise: 0.5 },
    });
    const [phase] = clidim.phases(given);
    const { noisy, clean } = batchOf(given, 0);
    const ofTwo = tensor(
      Float32Array.from({ length: 8 }, () => 0.02),
      { shape: [2, 2, 2] },
    );
    const after = trainingUpdate(given, phase!)(initialTrainingState(clidim, given, 0), {
      ...{ noisy: concat([noisy, noisy], 3), clean, noise: ofTwo },
    });
    const sums = leavesWithPaths(after.metrics.sums);
    interpret(sums.map(([, sum]) => sum)).forEach((value, i) => {
      expect(Number.isFinite(value[0]), sums[i]![0]).toBe(true);
    });
  });

  it("are refused with labels of the noise", () => {
    const contrastive = { mode: "supcon", labels: "noise", feature: "bottleneck" };
    for (const name of ["noiseAugment", "simulatedNoise"]) {
      const refused = () => resolveConfiguration(clidim, "laptop", { [name]: 0.5, contrastive });
      expect(refused).toThrow(RegExp(`${name}.*0 while contrastive.labels is noise`));
    }
  });
});
