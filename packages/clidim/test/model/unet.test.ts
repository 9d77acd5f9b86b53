import { checkGradients } from "@clidim/autograd/testing";
import {
  initialTrainingState,
  resolveConfiguration,
  type TrainingState,
  trainingUpdate,
} from "@clidim/denoise";
import {
  add,
  concat,
  conv2d,
  convTranspose2d,
  flatten,
  flip,
  foldIn,
  input,
  key,
  leakyRelu,
  leavesWithPaths,
  mapTree,
  mean,
  mul,
  pad,
  resizeNearest,
  sizeOf,
  square,
  sub,
  type Tensor,
  tensor,
  uniform,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import type { GeneratorTree } from "../../src/networks/generatorTree.js";
import { generatorOf } from "../../src/networks/networks.js";
import { observeBlocks } from "../../src/networks/observeBlocks.js";
import { unet } from "../../src/networks/unet.js";
import type { ClidimState } from "../../src/state.js";
import { batchOf } from "../training/smallRun.js";

const leaf = (params: GeneratorTree, block: string, layer: string, name: string): Tensor =>
  params[block]![layer]![name]!;

const edge = [
  [0, 0],
  [4, 4],
  [4, 4],
  [0, 0],
] as const;

/** The definition, in plain operations, for three halvings. */
function plain(params: GeneratorTree, x: Tensor, upsampling: "transposed" | "nearest"): Tensor {
  const conv = (block: string, h: Tensor): Tensor =>
    leakyRelu(
      add(
        conv2d(h, leaf(params, block, "conv", "weight"), { padding: 1 }),
        leaf(params, block, "conv", "bias"),
      ),
      0.1,
    );
  const half = { stride: 2, padding: 1 } as const;
  const down = (block: string, h: Tensor, options: Parameters<typeof conv2d>[2]): Tensor => {
    const halved = conv2d(h, leaf(params, block, "halve", "weight"), options);
    return conv(block, leakyRelu(add(halved, leaf(params, block, "halve", "bias")), 0.1));
  };
  const d1 = down("down1", x, half);
  const d2 = down("down2", d1, { stride: 2 });
  const d3 = down("down3", d2, { stride: 2 });
  const enlarged = (block: string, h: Tensor): Tensor =>
    upsampling === "nearest"
      ? resizeNearest(h, [2 * h.shape[1]!, 2 * h.shape[2]!])
      : add(
          convTranspose2d(h, leaf(params, block, "enlarged", "weight"), { stride: 2 }),
          leaf(params, block, "enlarged", "bias"),
        );
  const u2 = conv("up2", concat([enlarged("enlarge2", d3), d2], 3));
  const u1 = conv("up1", concat([enlarged("enlarge1", u2), d1], 3));
  const correction = convTranspose2d(u1, leaf(params, "head", "conv", "weight"), half);
  const filtered = conv2d(pad(x, edge, "edge"), leaf(params, "filter", "conv", "weight"));
  return add(filtered, add(correction, leaf(params, "head", "conv", "bias")));
}

describe("unet", () => {
  const network = unet({ downs: 3, ngf: 2 });

  it("names and counts its parameters, and has no statistics", () => {
    const { params, stats } = network.init(key(0), [1, 8, 8, 1]);
    const names = [
      "down1.halve",
      "down2.halve",
      "down3.halve",
      "down1.conv",
      "down2.conv",
      "down3.conv",
      "enlarge2.enlarged",
      "enlarge1.enlarged",
      "up2.conv",
      "up1.conv",
      "head.conv",
    ];
    expect(
      leavesWithPaths(params)
        .map(([path]) => path)
        .toSorted(),
    ).toEqual(
      [...names.flatMap((name) => [`${name}.weight`, `${name}.bias`]), "filter.conv.weight"].toSorted(),
    );
    expect(flatten(stats).leaves).toEqual([]);
    const weights =
      16 * 2 +
      4 * (2 * 4 + 4 * 6) +
      9 * (2 * 2 + 4 * 4 + 6 * 6 + (4 + 4) * 4 + (2 + 2) * 2) +
      4 * (6 * 4 + 4 * 2) +
      16 * 2 +
      81;
    const biases = 2 * (2 + 4 + 6) + (4 + 4) + (2 + 2) + 1;
    expect(flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(
      weights + biases,
    );
  });

  it.each(["transposed", "nearest"] as const)("computes what its comment says, %s", (upsampling) => {
    const layer = unet({ downs: 3, ngf: 2, upsampling });
    const variables = layer.init(key(1), [2, 16, 8, 1]);
    const x = uniform(key(2), [2, 16, 8, 1]);
    const expected = plain(variables.params, x, upsampling);
    for (const train of [true, false]) {
      const { output } = layer.apply(variables, x, { train });
      const [found, wanted] = interpret([output, expected]) as [Float64Array, Float64Array];
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 12);
      });
    }
    expect(network.outputShape([2, 16, 8, 1])).toEqual([2, 16, 8, 1]);
  });

  it("has the gradients that differences show", () => {
    const { params: initial, stats } = network.init(key(3), [1, 8, 8, 1]);
    // Biases that are 0 hide errors in their gradients.
    const params = mapTree(
      (leaf) => add(leaf, uniform(foldIn(key(8), sizeOf(leaf.shape)), leaf.shape, { low: 0.05, high: 0.1 })),
      initial,
    );
    const x = uniform(key(4), [1, 8, 8, 1]);
    const loss = (weights: GeneratorTree, image: Tensor): Tensor =>
      mean(square(network.apply({ params: weights, stats }, image, { train: true }).output));
    checkGradients(loss, [params, x], { order: 1, step: 1e-6, tolerance: 1e-5 });
  });

  it.each(["transposed", "bilinear", "nearest"] as const)("doubles extents %s", (upsampling) => {
    const layer = unet({ downs: 3, ngf: 1, upsampling });
    const variables = layer.init(key(5), [1, 16, 24, 1]);
    const observer = observeBlocks();
    const x = uniform(key(6), [1, 16, 24, 1]);
    layer.apply(variables, x, { train: false, observe: observer.observe });
    const [inner, outer] = upsampling === "transposed" ? [2, 1] : [3, 2];
    expect(["enlarge2", "enlarge1", "up1"].map((block) => observer.output(block).shape)).toEqual([
      [1, 4, 6, inner],
      [1, 8, 12, outer],
      [1, 8, 12, 1],
    ]);
    expect("enlarged" in variables.params.enlarge1!).toBe(true);
    expect(Object.keys(variables.params.enlarge1!.enlarged!)).toEqual(
      upsampling === "transposed" ? ["weight", "bias"] : [],
    );
  });

  it("every pixel of the image counts at half resolution", () => {
    const layer = unet({ downs: 2, ngf: 16, output: "linear" });
    const variables = layer.init(key(7), [1, 8, 8, 1]);
    const observer = observeBlocks();
    const x = input([1, 8, 8, 1], "f32");
    layer.apply(variables, x, { train: false, observe: observer.observe });
    const evaluate = (data: Float64Array) => interpret([observer.output("down1")], new Map([[x, data]]))[0]!;
    const before = evaluate(new Float64Array(64).fill(0.5));
    for (let pixel = 0; pixel < 64; pixel++) {
      const after = evaluate(new Float64Array(64).fill(0.5).with(pixel, 0.6));
      expect(after.some((value, i) => value !== before[i])).toBe(true);
    }
  });

  it("says what is wrong with an input or with options", () => {
    const variables = network.init(key(0), [1, 8, 8, 1]);
    const run = (shape: number[]) => network.apply(variables, input(shape, "f32"), { train: false });
    expect(() => run([1, 8, 12, 1])).toThrow(/unet: .*multiples of 2\^downs = 8, got \[1,8,12,1\]/);
    expect(() => run([1, 8, 8, 3])).toThrow(/\[N,H,W,1\]/);
    expect(() => unet({ downs: 3, ngf: 2, inputChannels: 2, outputChannels: 3 })).toThrow(
      /unet: output filtered .* 2 input and 3 output/,
    );
  });
});

describe("network unet in a configuration", () => {
  const changes = { network: "unet", dropout: 0, downs: 2, ngf: 1, ndf: 1, crop: 32, batch: 2, updates: 10 };

  it("has no dropout", () => {
    expect(() => resolveConfiguration(clidim, "laptop", { ...changes, dropout: 0.5 })).toThrow(
      /dropout.*0 with network unet, which has none/,
    );
    const configuration = resolveConfiguration(clidim, "laptop", changes);
    expect(clidim.geometry(configuration)).toEqual({ multiple: 4, bytesPerPixel: 2 });
  });

  it.each([
    ["off", {}],
    ["disc", {}],
    ["joint", { feature: "bottleneck" }],
    ["joint", { feature: "finest" }],
    ["patchnce", { layers: 2, patches: 8 }],
    ["patchnce", { feature: "finest", layers: 1, patches: 8 }],
  ])("trains with the contrastive mode %s", (mode, further) => {
    const configuration = resolveConfiguration(clidim, "laptop", {
      ...changes,
      upsampling: "nearest",
      contrastive: {
        mode,
        augmentation: "unresampled",
        ...(mode !== "off" && { maskOverlap: 1 }),
        ...further,
      },
    });
    let state: TrainingState<ClidimState> = initialTrainingState(clidim, configuration, 0);
    for (let update = 0; update < 2; update++) {
      const batch = { ...batchOf(configuration, update), capture: batchOf(configuration, update + 50).noisy };
      const phase = clidim.phases(configuration).findLast(({ from }) => from <= update)!;
      state = trainingUpdate(configuration, phase)(state, batch);
    }
    const sums = leavesWithPaths(state.metrics.sums);
    interpret(sums.map(([, sum]) => sum)).forEach((value, i) => {
      expect(Number.isFinite(value[0]), sums[i]![0]).toBe(true);
    });
  });

  it("passes differ by mirroring, before the network and back after it", () => {
    const configuration = resolveConfiguration(clidim, "laptop", changes);
    const apply = clidim.apply(configuration);
    const sampled = clidim.sampled(configuration);
    if (typeof sampled === "string") throw new Error(sampled);
    const { params, stats } = initialTrainingState(clidim, configuration, 4).method.generator;
    const x = uniform(key(9), [1, 16, 8, 1]);
    const sides = [[], [1], [2], [1, 2]].map((axes) =>
      axes.length === 0 ? apply({ params, stats }, x) : flip(apply({ params, stats }, flip(x, axes)), axes),
    );
    const passes = [0, 1, 2, 3].flatMap((page) =>
      Array.from({ length: 8 }, (_, pass) => {
        const number = tensor(Uint32Array.of(pass), { shape: [] });
        return sampled({ params, stats }, x, key(pass), { number, ofPage: key(page) });
      }),
    );
    const values = interpret([...sides, ...passes]).map((data) => data.join());
    const seen = values.slice(4).map((pass) => values.slice(0, 4).indexOf(pass));
    expect(new Set(values.slice(0, 4)).size).toBe(4);
    const orders = [0, 1, 2, 3].map((page) => seen.slice(8 * page, 8 * page + 8));
    for (const order of orders) {
      // All four before one comes again.
      expect(order.slice(0, 4).sort()).toEqual([0, 1, 2, 3]);
      expect(order.slice(4)).toEqual(order.slice(0, 4));
    }
    expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  });

  it.each(["clean", "noisy"])(
    "squared differences are a term of their own, from the clean image whatever l1Target is: %s",
    (l1Target) => {
      const configuration = resolveConfiguration(clidim, "laptop", {
        ...{ ...changes, l1Target },
        weights: { gan: 0, l1: 0, mse: 3, ssim: 0, tv: 0 },
      });
      const before = initialTrainingState(clidim, configuration, 0);
      const batch = batchOf(configuration, 0);
      const { params, stats } = before.method.generator;
      const fake = generatorOf(configuration).apply({ params, stats }, batch.noisy, { train: true }).output;
      const [first] = clidim.phases(configuration);
      const after = trainingUpdate(configuration, first!)(before, batch);
      const [found, wanted] = interpret([
        after.metrics.sums.generator!,
        mul(mean(square(sub(fake, batch.clean))), 3),
      ]) as [Float64Array, Float64Array];
      expect(found[0]).toBeGreaterThan(0);
      expect(found[0]).toBeCloseTo(wanted[0]!, 6);
    },
  );
});
