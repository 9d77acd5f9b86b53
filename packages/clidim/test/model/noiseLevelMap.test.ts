import { checkGradients } from "@clidim/autograd/testing";
import { initialTrainingState, resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import { concat, key, leavesWithPaths, mean, normal, type Tensor, tensor, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import type { GeneratorTree } from "../../src/networks/generatorTree.js";
import { generatorOf } from "../../src/networks/networks.js";
import { seenByGenerator } from "../../src/step/seenByGenerator.js";
import { batchOf } from "../training/smallRun.js";

const changes = { network: "unet", dropout: 0, downs: 2, ngf: 1, ndf: 1, crop: 32, batch: 2, updates: 10 };
const noise = tensor(Float32Array.of(0.02, 0.03, 0.01, -0.002, 9, 9, 9, 9), { shape: [2, 2, 2] });

describe("what the generator sees", () => {
  it("has the standard deviation of each pixel's noise in its last channel", () => {
    const configuration = resolveConfiguration(clidim, "laptop", {
      ...changes,
      frames: 2,
      noiseLevelMap: true,
    });
    const noisy = uniform(key(1), [2, 32, 32, 2], { low: -1, high: 1 });
    const [seen, given] = interpret([seenByGenerator(configuration, { noisy, noise }), noisy]) as [
      Float64Array,
      Float64Array,
    ];
    for (let i = 0; i < 2 * 32 * 32; i++) {
      const [a, b] = [given[2 * i]!, given[2 * i + 1]!];
      const [gain, offset] = i < 32 * 32 ? [0.02, 0.03] : [0.01, -0.002];
      expect([seen[3 * i], seen[3 * i + 1]]).toEqual([a, b]);
      expect(seen[3 * i + 2]).toBeCloseTo(Math.sqrt(Math.max(0, (gain! * (a + b)) / 2 + offset!)), 6);
    }
    const plain = { ...configuration, noiseLevelMap: false };
    expect(seenByGenerator(plain, { noisy })).toBe(noisy);
    expect(() => seenByGenerator(configuration, { noisy })).toThrow(
      /noiseLevelMap: needs batches with noise/,
    );
    expect(clidim.members(configuration).noise).toBe(true);
  });
});

describe.each(["unet", "nafnet", "pix2pix"] as const)("network %s with a noise level map", (network) => {
  const configuration = resolveConfiguration(clidim, "laptop", {
    ...{ ...changes, network, output: "filtered", noiseLevelMap: true },
  });
  const layer = generatorOf(configuration);

  it("filters the image alone, and has the gradients that differences show", () => {
    const { params, stats } = layer.init(key(3), [1, 8, 8, 2]);
    expect(params.filter!.conv!.weight!.shape).toEqual([9, 9, 1, 1]);
    const x = normal(key(4), [1, 8, 8, 2]);
    const loss = (weights: GeneratorTree, image: Tensor): Tensor =>
      mean(layer.apply({ params: weights, stats }, image, { train: true }).output);
    checkGradients(loss, [params, x], { order: 1, step: 1e-6, tolerance: 1e-5 });
    const { params: model } = clidim.template(configuration);
    const shapes = leavesWithPaths(model).map(([, leaf]) => leaf.shape);
    expect(shapes.some((shape) => shape.length === 4 && shape[2] === 2)).toBe(true);
  });

  it.each([
    ["off", {}],
    ["disc", {}],
    ["patchnce", { layers: 2, patches: 8 }],
  ])("trains with the contrastive mode %s", (mode, further) => {
    const given = {
      ...configuration,
      ...resolveConfiguration(clidim, "laptop", {
        ...{ ...changes, network, output: "filtered", noiseLevelMap: true, frames: 2 },
        ...{ noiseAugment: 1, gainAugment: 0.5 },
        contrastive: {
          ...{ mode, augmentation: "unresampled", ...further },
          ...(mode !== "off" && { maskOverlap: 1 }),
        },
      }),
    };
    const { noisy, clean } = batchOf(given, 0);
    const [phase] = clidim.phases(given);
    const state = trainingUpdate(given, phase!)(initialTrainingState(clidim, given, 0), {
      ...{ noisy: concat([noisy, noisy], 3), clean, noise },
    });
    const sums = leavesWithPaths(state.metrics.sums);
    interpret(sums.map(([, sum]) => sum)).forEach((value, i) => {
      expect(Number.isFinite(value[0]), sums[i]![0]).toBe(true);
    });
  });
});

describe("the key noiseLevelMap", () => {
  it("is refused where views have another noise than their pages", () => {
    for (const mode of ["pretrain", "joint", "supcon"]) {
      const contrastive = { mode, feature: "bottleneck" };
      expect(() => resolveConfiguration(clidim, "laptop", { noiseLevelMap: true, contrastive })).toThrow(
        /noiseLevelMap.*false in contrastive\.mode/,
      );
    }
  });

  it("is off in configurations of before", () => {
    const { noiseLevelMap: _later, ...before } = resolveConfiguration(clidim, "quick", {});
    expect(clidim.space.schema.parse(before).noiseLevelMap).toBe(false);
  });
});
