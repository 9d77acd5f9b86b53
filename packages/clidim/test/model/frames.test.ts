import { checkGradients } from "@clidim/autograd/testing";
import { initialTrainingState, resolveConfiguration, trainingUpdate } from "@clidim/denoise";
import {
  concat,
  foldIn,
  key,
  leavesWithPaths,
  mean,
  mul,
  normal,
  type Tensor,
  uniform,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import type { GeneratorTree } from "../../src/networks/generatorTree.js";
import { generatorOf } from "../../src/networks/networks.js";
import { batchOf } from "../training/smallRun.js";

const changes = { network: "unet", dropout: 0, downs: 2, ngf: 2, ndf: 1, crop: 32, batch: 2, updates: 10 };
const frames = 3;
/** Weights of the layers that see the image, by path. */
const first = { unet: ["down1", "halve"], nafnet: ["halve1", "conv"], pix2pix: ["down1", "conv"] } as const;

describe.each(["unet", "nafnet", "pix2pix"] as const)("network %s with several frames", (network) => {
  const options = { ...changes, network, output: "filtered" } as const;
  const one = resolveConfiguration(clidim, "laptop", options);
  const several = resolveConfiguration(clidim, "laptop", { ...options, frames });

  it("is the network of one on their mean, where each has its part of the first weights", () => {
    const { params, stats } = generatorOf(one).init(key(1), [2, 16, 8, 1]);
    const shared = (weight: Tensor): Tensor => concat(Array<Tensor>(frames).fill(mul(weight, 1 / frames)), 2);
    const [block, layer] = first[network];
    const spread: GeneratorTree = {
      ...params,
      [block]: {
        ...params[block],
        [layer]: { ...params[block]![layer], weight: shared(params[block]![layer]!.weight!) },
      },
      filter: { conv: { weight: shared(params.filter!.conv!.weight!) } },
    };
    const x = uniform(key(2), [2, 16, 8, frames]);
    const context = { train: false };
    const results = [
      generatorOf(several).apply({ params: spread, stats }, x, context).output,
      generatorOf(one).apply({ params, stats }, mean(x, 3, { keepDims: true }), context).output,
    ];
    const [found, wanted] = interpret(results) as [Float64Array, Float64Array];
    expect(found).toHaveLength(2 * 16 * 8);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i]!, 10);
    });
  });

  it("starts with a filter that is the Gaussian of one network over their mean", () => {
    const weights = [one, several].map(
      (configuration) =>
        generatorOf(configuration).init(key(1), [1, 8, 8, configuration.frames]).params.filter!.conv!.weight!,
    );
    expect(weights[1]!.shape).toEqual([9, 9, frames, 1]);
    const [gaussian, shares] = interpret(weights) as [Float64Array, Float64Array];
    shares.forEach((share, i) => {
      expect(share).toBeCloseTo(gaussian[Math.floor(i / frames)]! / frames, 7);
    });
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it("has the gradients that differences show", () => {
    const layer = generatorOf({ ...several, ngf: 1 });
    const { params, stats } = layer.init(key(3), [1, 8, 8, frames]);
    const x = normal(key(4), [1, 8, 8, frames]);
    const loss = (weights: GeneratorTree, image: Tensor): Tensor =>
      mean(layer.apply({ params: weights, stats }, image, { train: false }).output);
    checkGradients(loss, [params, x], { order: 1, step: 1e-6, tolerance: 1e-5 });
  });

  it("makes a model whose template has as many input channels", () => {
    const { params } = clidim.template(several);
    const stem = leavesWithPaths(params).map(([, leaf]) => leaf.shape);
    expect(stem.some((shape) => shape.length === 4 && shape[2] === frames)).toBe(true);
    expect(clidim.geometry({ ...several, frames: 64, ngf: 1 }).bytesPerPixel).toBe(256);
    expect(clidim.geometry({ ...several, ngf: 8 })).toEqual(clidim.geometry({ ...one, ngf: 8 }));
  });
});

describe("the step with several frames", () => {
  it.each([
    ["off", {}],
    ["disc", {}],
    ["joint", { feature: "bottleneck", captures: false }],
    ["pretrain", { feature: "bottleneck", captures: false, pretrainUpdates: 1 }],
    ["supcon", { feature: "bottleneck", captures: false, labels: "scene" }],
    ["patchnce", { layers: 2, patches: 8 }],
  ])("trains with the contrastive mode %s", (mode, further) => {
    const configuration = resolveConfiguration(clidim, "laptop", {
      ...{ ...changes, frames, gainAugment: 0.5, diffAugment: ["brightness", "translation", "cutout"] },
      contrastive: {
        ...{ mode, augmentation: "unresampled", ...further },
        ...(mode !== "off" && { maskOverlap: 1 }),
      },
    });
    let state = initialTrainingState(clidim, configuration, 0);
    for (let update = 0; update < 2; update++) {
      const { noisy, clean } = batchOf(configuration, update);
      const captures = Array.from({ length: frames }, (_, k) =>
        mul(noisy, uniform(foldIn(key(update), k), [], { low: 0.9, high: 1.1 })),
      );
      const phase = clidim.phases(configuration).findLast(({ from }) => from <= update)!;
      state = trainingUpdate(configuration, phase)(state, { noisy: concat(captures, 3), clean });
    }
    const sums = leavesWithPaths(state.metrics.sums);
    interpret(sums.map(([, sum]) => sum)).forEach((value, i) => {
      expect(Number.isFinite(value[0]), sums[i]![0]).toBe(true);
    });
  });

  it("refuses what needs one capture at a time", () => {
    const refused = (given: object) => () =>
      resolveConfiguration(clidim, "laptop", { ...changes, frames, ...given });
    expect(refused({ l1Target: "noisy" })).toThrow(/l1Target.*clean while frames is above 1/);
    const joint = { mode: "joint", feature: "bottleneck", augmentation: "unresampled" };
    expect(refused({ contrastive: { ...joint, captures: true } })).toThrow(
      /contrastive\.captures.*false while frames is above 1/,
    );
    expect(refused({ contrastive: { ...joint, captures: false, augmentation: "renoised" } })).toThrow(
      /contrastive\.augmentation.*released, unresampled while frames is above 1/,
    );
    const supcon = { ...joint, captures: false, mode: "supcon", labels: "noise" };
    expect(refused({ contrastive: supcon })).toThrow(/contrastive\.labels.*scene while frames is above 1/);
    expect(refused({ frames: 65 })).toThrow(/frames.*a whole number from 1 to 64/);
  });

  it("is 1 in configurations of before", () => {
    const { frames: _later, ...before } = resolveConfiguration(clidim, "quick", {});
    expect(clidim.space.schema.parse(before).frames).toBe(1);
  });
});
