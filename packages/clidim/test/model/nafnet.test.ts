import { checkGradients } from "@clidim/autograd/testing";
import { resolveConfiguration } from "@clidim/denoise";
import {
  add,
  conv2d,
  convTranspose2d,
  div,
  flatten,
  foldIn,
  input,
  key,
  leavesWithPaths,
  mapTree,
  mean,
  mul,
  pad,
  resizeNearest,
  sizeOf,
  slice,
  sqrt,
  square,
  sub,
  type Tensor,
  uniform,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { clidim } from "../../src/method.js";
import type { GeneratorTree } from "../../src/networks/generatorTree.js";
import { nafnet } from "../../src/networks/nafnet.js";
import { generatorFeatures } from "../../src/step/generatorFeatures.js";

/** Weights that are 0 hide what they multiply, and errors in the gradients of it. */
const moved = (params: GeneratorTree): GeneratorTree =>
  mapTree(
    (leaf) => add(leaf, uniform(foldIn(key(8), sizeOf(leaf.shape)), leaf.shape, { low: 0.05, high: 0.1 })),
    params,
  );

const edge = [
  [0, 0],
  [4, 4],
  [4, 4],
  [0, 0],
] as const;

/** The definition, in plain operations, for two halvings. */
function plain(params: GeneratorTree, x: Tensor, upsampling: "transposed" | "nearest"): Tensor {
  const leaf = (block: string, layer: string, name: string): Tensor => params[block]![layer]![name]!;
  const conv = (block: string, layer: string, h: Tensor, options: Parameters<typeof conv2d>[2]): Tensor =>
    add(conv2d(h, leaf(block, layer, "weight"), options), leaf(block, layer, "bias"));
  const enlarge = (block: string, h: Tensor, layer: string, padding: number): Tensor =>
    add(convTranspose2d(h, leaf(block, layer, "weight"), { stride: 2, padding }), leaf(block, layer, "bias"));
  const norm = (block: string, h: Tensor): Tensor => {
    const centred = sub(h, mean(h, [3], { keepDims: true }));
    const variance = mean(square(centred), [3], { keepDims: true });
    const normalized = div(centred, sqrt(add(variance, 1e-5)));
    return add(mul(normalized, leaf(block, "norm", "weight")), leaf(block, "norm", "bias"));
  };
  const gate = (h: Tensor): Tensor => {
    const [n, height, width, channels] = h.shape as [number, number, number, number];
    const half = channels / 2;
    return mul(
      slice(h, [0, 0, 0, 0], [n, height, width, half]),
      slice(h, [0, 0, 0, half], [n, height, width, channels]),
    );
  };
  const naf = (name: string, h: Tensor): Tensor => {
    const [space, channels] = [`${name}Space`, `${name}Channels`];
    const expanded = conv(space, "expand", norm(space, h), {});
    const gated = gate(conv(space, "depthwise", expanded, { padding: 1, groups: expanded.shape[3]! }));
    const z = add(h, conv(space, "project", gated, {}));
    return add(z, conv(channels, "project", gate(conv(channels, "expand", norm(channels, z), {})), {}));
  };
  const n1 = naf("down1", conv("halve1", "conv", x, { stride: 2, padding: 1 }));
  const n2 = naf("down2", conv("halve2", "conv", n1, { stride: 2 }));
  const enlarged =
    upsampling === "nearest"
      ? conv("enlarge1", "reduced", resizeNearest(n2, [2 * n2.shape[1]!, 2 * n2.shape[2]!]), {})
      : enlarge("enlarge1", n2, "enlarged", 0);
  const correction = enlarge("head", naf("up1", add(n1, enlarged)), "conv", 1);
  return add(conv2d(pad(x, edge, "edge"), leaf("filter", "conv", "weight")), correction);
}

describe("nafnet", () => {
  const network = nafnet({ downs: 2, ngf: 2 });

  it("names and counts its parameters, and has no statistics", () => {
    const { params, stats } = network.init(key(0), [1, 8, 8, 1]);
    const biased = (name: string): string[] => [`${name}.weight`, `${name}.bias`];
    const naf = (name: string): string[] => [
      ...["norm", "expand", "depthwise", "project"].flatMap((layer) => biased(`${name}Space.${layer}`)),
      ...["norm", "expand", "project"].flatMap((layer) => biased(`${name}Channels.${layer}`)),
    ];
    expect(
      leavesWithPaths(params)
        .map(([path]) => path)
        .toSorted(),
    ).toEqual(
      [
        ...["halve1.conv", "halve2.conv", "enlarge1.enlarged", "head.conv"].flatMap(biased),
        ...["down1", "down2", "up1"].flatMap(naf),
        "filter.conv.weight",
      ].toSorted(),
    );
    expect(flatten(stats).leaves).toEqual([]);
    // Of a block: two norms, 1 x 1 to twice as many and back, twice, and 3 x 3 of each of twice as many.
    const block = (c: number): number => 2 * (2 * c) + 2 * (2 * c * c + 2 * c + c * c + c) + 10 * 2 * c;
    const strided = 16 * 2 + 2 + 4 * 2 * 4 + 4 + (4 * 4 * 2 + 2) + (16 * 2 + 1);
    expect(flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(
      2 * block(2) + block(4) + strided + 81,
    );
  });

  it.each(["transposed", "nearest"] as const)("computes what its comment says, %s", (upsampling) => {
    const layer = nafnet({ downs: 2, ngf: 2, upsampling });
    const { params: initial, stats } = layer.init(key(1), [2, 16, 8, 1]);
    const params = moved(initial);
    const x = uniform(key(2), [2, 16, 8, 1]);
    const expected = plain(params, x, upsampling);
    for (const train of [true, false]) {
      const { output } = layer.apply({ params, stats }, x, { train });
      const [found, wanted] = interpret([output, expected]) as [Float64Array, Float64Array];
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 12);
      });
    }
    expect(network.outputShape([2, 16, 8, 1])).toEqual([2, 16, 8, 1]);
  });

  it("has its levels by the names that features go by, blocks and all", () => {
    const { params: initial, stats } = network.init(key(1), [1, 8, 8, 1]);
    const x = uniform(key(2), [1, 8, 8, 1]);
    const features = (params: GeneratorTree) =>
      generatorFeatures(network, { params, stats }, x, ["down1", "down2", "up1"], key(3));
    const [first, second, up] = features(moved(initial));
    expect([first, second, up].map((tensor) => tensor!.shape)).toEqual([
      [1, 4, 4, 2],
      [1, 2, 2, 4],
      [1, 4, 4, 2],
    ]);
    // What is contrasted is of the last block of its level.
    const { down2Channels, ...others } = moved(initial);
    const without = { ...others, down2Channels: mapTree((leaf) => mul(leaf, 0), down2Channels!) };
    const [with2, without2] = interpret([second!, features(without)[1]!]);
    expect(with2).not.toEqual(without2);
  });

  it("begins with blocks that change nothing", () => {
    const { params, stats } = network.init(key(1), [1, 8, 8, 1]);
    const x = uniform(key(2), [1, 8, 8, 1]);
    const weights = ["down1", "down2", "up1"].flatMap((name) => [`${name}Space`, `${name}Channels`]);
    const without = { ...params };
    for (const name of weights) {
      without[name] = { ...params[name], expand: mapTree((leaf) => mul(leaf, 3), params[name]!.expand!) };
    }
    const [found, wanted] = interpret(
      [params, without].map((one) => network.apply({ params: one, stats }, x, { train: false }).output),
    );
    expect(found).toEqual(wanted);
  });

  it("has the gradients that differences show", () => {
    const { params: initial, stats } = network.init(key(3), [1, 8, 8, 1]);
    const x = uniform(key(4), [1, 8, 8, 1]);
    const loss = (weights: GeneratorTree, image: Tensor): Tensor =>
      mean(square(network.apply({ params: weights, stats }, image, { train: true }).output));
    checkGradients(loss, [moved(initial), x], { order: 1, step: 1e-6, tolerance: 1e-5 });
  });

  it("says what is wrong with an input or with options", () => {
    const variables = network.init(key(0), [1, 8, 8, 1]);
    const run = (shape: number[]) => network.apply(variables, input(shape, "f32"), { train: false });
    expect(() => run([1, 8, 10, 1])).toThrow(/nafnet: .*multiples of 2\^downs = 4, got \[1,8,10,1\]/);
    expect(() => nafnet({ downs: 3, ngf: 2, inputChannels: 2, outputChannels: 3 })).toThrow(
      /nafnet: output filtered .* 2 input and 3 output/,
    );
  });

  it("is a network of a configuration, without dropout, whose widest values are twice the channels of the first level", () => {
    const changes = { network: "nafnet", dropout: 0, downs: 2, ngf: 4 };
    expect(() => resolveConfiguration(clidim, "laptop", { ...changes, dropout: 0.5 })).toThrow(
      /dropout.*0 with network nafnet, which has none/,
    );
    const configuration = resolveConfiguration(clidim, "laptop", changes);
    expect(clidim.geometry(configuration)).toEqual({ multiple: 4, bytesPerPixel: 8 });
    expect(typeof clidim.sampled(configuration)).toBe("function");
  });
});
