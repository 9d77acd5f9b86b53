import {
  add,
  concat,
  conv2d,
  flatten,
  input,
  key,
  leavesWithPaths,
  pad,
  relu,
  resizeBilinear,
  sizeOf,
  type Tensor,
  type Tree,
  tanh,
  uniform,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { patchDiscriminator } from "../../src/networks/discriminator.js";
import { nafnet } from "../../src/networks/nafnet.js";
import { finestBlock, widestActivation } from "../../src/networks/networks.js";
import { observeBlocks } from "../../src/networks/observeBlocks.js";
import { pix2pixGenerator } from "../../src/networks/pix2pixGenerator.js";
import { unet } from "../../src/networks/unet.js";
import { generatorFeatures } from "../../src/step/generatorFeatures.js";

const parameterCount = ({ params }: { params: Tree<Tensor> }) =>
  flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0);

const paths = (tree: Tree<Tensor>) => leavesWithPaths(tree).map(([path]) => path);

describe("pix2pixGenerator", () => {
  it.each([
    [8, 64, 54_407_809],
    [7, 64, 41_822_849],
  ])("%i downs, ngf %i: %i parameters", (downs, ngf, count) => {
    expect(parameterCount(pix2pixGenerator({ downs, ngf }).init(key(0), [1, 256, 256, 1]))).toBe(count);
  });

  it("names, biases and norms", () => {
    const { params, stats } = pix2pixGenerator({ downs: 3, ngf: 2 }).init(key(0), [1, 8, 8, 1]);
    expect(paths(params).toSorted()).toEqual([
      "down1.conv.weight",
      "down2.conv.weight",
      "down2.norm.bias",
      "down2.norm.weight",
      "down3.conv.weight",
      "up1.conv.bias",
      "up1.conv.weight",
      "up2.conv.weight",
      "up2.norm.bias",
      "up2.norm.weight",
      "up3.conv.weight",
      "up3.norm.bias",
      "up3.norm.weight",
    ]);
    expect(paths(stats).toSorted()).toEqual(
      ["down2", "up2", "up3"].flatMap((block) => [`${block}.norm.mean`, `${block}.norm.variance`]),
    );
  });

  it("keeps the extents and stays within (-1, 1)", () => {
    const network = pix2pixGenerator({ downs: 4, ngf: 2 });
    const { output } = network.apply(network.init(key(1), [2, 32, 16, 1]), uniform(key(2), [2, 32, 16, 1]), {
      train: true,
      key: key(3),
    });
    expect(output.shape).toEqual([2, 32, 16, 1]);
    for (const value of interpret([output])[0]!) expect(Math.abs(value)).toBeLessThan(1);
    expect(network.outputShape([2, 32, 16, 1])).toEqual([2, 32, 16, 1]);
  });

  it.each([
    [4, 0],
    [5, 0],
    [6, 1],
    [7, 2],
    [8, 3],
  ])("%i downs have %i blocks with dropout", (downs, dropouts) => {
    const network = pix2pixGenerator({ downs, ngf: 1 });
    const side = 2 ** downs;
    const seen: string[] = [];
    const observe = ({ path, kind }: { path: string; kind: string }) => {
      if (kind === "dropout") seen.push(path);
    };
    const x = input([2, side, side, 1], "f32");
    network.apply(network.init(key(0), x.shape), x, { train: true, key: key(0), observe });
    expect(seen.toSorted()).toEqual(Array.from({ length: dropouts }, (_, i) => `up${5 + i}.dropout`));
  });

  it("starts at N(0, 0.02) and N(1, 0.02), and the seed decides", () => {
    const network = pix2pixGenerator({ downs: 5, ngf: 8 });
    const first = network.init(key(4), [1, 32, 32, 1]).params;
    const weights = [first.down4!.conv!.weight!, first.up4!.norm!.weight!, first.up1!.conv!.bias!];
    const other = network.init(key(5), [1, 32, 32, 1]).params.down4!.conv!.weight!;
    const [conv, scale, bias, different] = interpret([...weights, other]) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = (values: Float64Array) => {
      const centre = mean(values);
      return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
    };
    expect(mean(conv)).toBeCloseTo(0, 3);
    expect(deviation(conv)).toBeCloseTo(0.02, 3);
    expect(mean(scale)).toBeCloseTo(1, 1);
    expect(deviation(scale)).toBeLessThan(0.04);
    expect([...bias]).toEqual([0]);
    expect(different[0]).not.toBe(conv[0]);
  });

  it("says what is wrong with an input or with variables", () => {
    const network = pix2pixGenerator({ downs: 3, ngf: 2 });
    const variables = network.init(key(0), [1, 8, 8, 1]);
    const run = (shape: number[]) => network.apply(variables, input(shape, "f32"), { train: false });
    expect(() => run([1, 8, 12, 1])).toThrow(/multiples of 2\^downs = 8, got \[1,8,12,1\]/);
    expect(() => run([1, 8, 8, 3])).toThrow(/\[N,H,W,1\]/);
    const deeper = pix2pixGenerator({ downs: 4, ngf: 2 });
    expect(() => deeper.apply(variables, input([1, 16, 16, 1], "f32"), { train: false })).toThrow(
      /^down3\.norm.*: no variables for this layer/,
    );
  });
});

describe("pix2pixGenerator with bilinear upsampling", () => {
  it("39,155,905 parameters at 8 downs and ngf 64, with biases on the way up", () => {
    const network = pix2pixGenerator({ downs: 8, ngf: 64, upsampling: "bilinear" });
    expect(parameterCount(network.init(key(0), [1, 256, 256, 1]))).toBe(39_155_905);
    const small = pix2pixGenerator({ downs: 2, ngf: 3, upsampling: "bilinear" });
    const { params } = small.init(key(0), [1, 4, 4, 1]);
    expect(paths(params).toSorted()).toEqual([
      "down1.conv.weight",
      "down2.conv.weight",
      "up1.conv.bias",
      "up1.conv.weight",
      "up2.conv.bias",
      "up2.conv.weight",
      "up2.norm.bias",
      "up2.norm.weight",
    ]);
    expect(params.up1!.conv!.weight!.shape).toEqual([3, 3, 6, 1]);
  });

  it("doubles by interpolation, mirrors by a pixel and convolves", () => {
    const network = pix2pixGenerator({ downs: 2, ngf: 2, upsampling: "bilinear" });
    const variables = network.init(key(1), [2, 8, 8, 1]);
    const { params, stats } = variables;
    const x = uniform(key(2), [2, 8, 8, 1]);
    const observer = observeBlocks();
    const { output } = network.apply(variables, x, { train: false, observe: observer.observe });
    const [outer, inner] = [observer.output("down1"), observer.output("up2")];
    const enlarged = resizeBilinear(relu(concat([outer, inner], 3)), [8, 8]);
    const border = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ] as const;
    const { weight, bias } = params.up1!.conv!;
    const expected = tanh(add(conv2d(pad(enlarged, border, "reflect"), weight!), bias!));
    const [found, wanted] = interpret([output, expected]);
    expect(found).toEqual(wanted);
    expect(stats.up2!.norm!.mean!.shape).toEqual([2]);
    expect(output.shape).toEqual([2, 8, 8, 1]);
  });
});

describe("generatorFeatures", () => {
  it("are the outputs of the blocks with batch statistics, without the way up", () => {
    const network = pix2pixGenerator({ downs: 5, ngf: 2 });
    const variables = network.init(key(1), [2, 32, 32, 1]);
    const x = uniform(key(2), [2, 32, 32, 1]);
    const features = generatorFeatures(network, variables, x, ["down2", "down5"], key(3));
    expect(features.map(({ shape }) => shape)).toEqual([
      [2, 8, 8, 4],
      [2, 1, 1, 16],
    ]);
    const observer = observeBlocks();
    network.apply(variables, x, { train: true, key: key(5), observe: observer.observe });
    expect(interpret(features)).toEqual(interpret(["down2", "down5"].map(observer.output)));
    expect(() => generatorFeatures(network, variables, x, ["down6"], key(3))).toThrow(
      /no part down6, only down1/,
    );
  });
});

describe("widestActivation", () => {
  it.each([
    ["pix2pix", "transposed"],
    ["pix2pix", "bilinear"],
    ["unet", "transposed"],
    ["unet", "nearest"],
    ["nafnet", "transposed"],
    ["nafnet", "bilinear"],
  ] as const)("is that of the largest value within a %s with %s upsampling", (network, upsampling) => {
    const options = { downs: 2, ngf: 4, upsampling } as const;
    const layer = { pix2pix: pix2pixGenerator, unet, nafnet }[network](options);
    const side = 16;
    let widest = 0;
    layer.apply(layer.init(key(0), [1, side, side, 1]), input([1, side, side, 1], "f32"), {
      train: false,
      observe: ({ input: before, output }) => {
        for (const { shape } of [before, output])
          widest = Math.max(
            widest,
            shape.reduce((a, b) => a * b, 4),
          );
      },
    });
    const found = widestActivation({ network, ngf: 4, upsampling, frames: 1, noiseLevelMap: false });
    expect(found).toBe(widest / side ** 2);
  });
});

describe("finestBlock", () => {
  it.each([
    [{ network: "unet", downs: 3 }, 4],
    [{ network: "unet", downs: 1 }, 4],
    [{ network: "nafnet", downs: 3 }, 4],
    [{ network: "nafnet", downs: 1 }, 4],
    [{ network: "pix2pix", downs: 3 }, 4],
    [{ network: "pix2pix", downs: 1 }, 4],
  ] as const)("%j: the features at half the side that the last block is given", (configuration, width) => {
    const { network, downs } = configuration;
    const generator = { unet, nafnet, pix2pix: pix2pixGenerator }[network]({ downs, ngf: 4 });
    const variables = generator.init(key(1), [2, 16, 16, 1]);
    const x = uniform(key(2), [2, 16, 16, 1]);
    const [features] = generatorFeatures(generator, variables, x, [finestBlock(configuration)], key(3));
    expect(features!.shape).toEqual([2, 8, 8, width]);
  });
});

describe("patchDiscriminator", () => {
  it("2,764,609 parameters at ndf 64, 30 x 30 logits for 256 x 256 pixels", () => {
    const network = patchDiscriminator({ ndf: 64 });
    expect(parameterCount(network.init(key(0), [1, 256, 256, 2]))).toBe(2_764_609);
    expect(network.outputShape([3, 256, 256, 2])).toEqual([3, 30, 30, 1]);
  });

  it("a logit sees 70 x 70 pixels", () => {
    // Without padding, the extent for which one logit is left: 4 taps, strides 1 1 2 2 2 from the end.
    const field = [1, 1, 2, 2, 2].reduce((extent, stride) => (extent - 1) * stride + 4, 1);
    expect(field).toBe(70);
    const network = patchDiscriminator({ ndf: 1 });
    const variables = network.init(key(0), [1, 160, 160, 2]);
    const run = (x: Tensor) => network.apply(variables, x, { train: false }).output;
    const size = 160;
    const base = new Float64Array(size * size * 2);
    const x = input([1, size, size, 2], "f32");
    const logits = run(x);
    const evaluate = (data: Float64Array) => interpret([logits], new Map([[x, data]]))[0]!;
    const before = evaluate(base);
    // Logit i sees the rows 8 i - 23 - ... : a changed pixel in the middle reaches ceil(70 / 8) = 9 rows of logits at most.
    const changed = base.slice();
    changed[(80 * size + 80) * 2] = 1;
    const after = evaluate(changed);
    const rows = new Set<number>();
    after.forEach((value, i) => {
      if (value !== before[i]) rows.add(Math.floor(i / 18));
    });
    expect(rows.size).toBeGreaterThanOrEqual(8);
    expect(rows.size).toBeLessThanOrEqual(9);
  });
});
