import {
  describeConfiguration,
  exportModel,
  importModel,
  type Plain,
  parseConfiguration,
  resolveConfiguration,
} from "@clidim/denoise";
import { fitNormalization } from "@clidim/imaging";
import { flatten, sizeOf, type Tensor, type Tree } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { noise2void } from "../../src/noise2void/method.js";
import { presetNames } from "../../src/noise2void/schema.js";
import { methods } from "../../src/registry.js";

const wrong: readonly (readonly [Plain, string])[] = [
  [{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 4, such as 68"],
  [{ kernel: 4 }, "kernel is 4; allowed: an odd number from 3 to 7"],
  [{ crop: 16, maskedPercent: 0.1 }, "maskedPercent is 0.1; allowed: at least 0.4, one pixel of a crop"],
  [{ selection: "as-released" }, 'selection is "as-released"; allowed: last, validation'],
  [{ groundTruth: "all" }, "groundTruth is not a key"],
];

describe("noise2void", () => {
  it("is a method of the registry that wants noisy images alone", () => {
    expect(methods.trainedAs("noise2void@1")).toBe(noise2void);
    expect(noise2void.target).toBe("none");
  });

  it.each(presetNames)("preset %s: a whole configuration, and a network of its own", (preset) => {
    const configuration = resolveConfiguration(noise2void, preset, {});
    const { params } = noise2void.template(configuration);
    const count = flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0);
    expect(count).toBe({ laptop: 72_097, n2v: 795_457, n2v2: 897_921 }[preset]);
  });

  it("a model file holds the network, its statistics and the normalisation", async () => {
    const configuration = resolveConfiguration(noise2void, "laptop", { filters: 2 });
    const { state } = noise2void.init(configuration, 4);
    const pages = [{ data: Uint16Array.from({ length: 500 }, (_, i) => 100 + i * i) }];
    const normalization = fitNormalization(pages, { mode: "standard" });
    const variables = noise2void.variables(state);
    const described = {
      method: methods.trainedNamed("noise2void"),
      configuration,
      normalization,
      provenance: {},
    };
    const read = importModel(await exportModel(variables, described), methods);
    expect(read.method).toBe(noise2void);
    expect(read.normalization).toEqual(normalization);
    const numbers = async (tree: Tree<Tensor>) =>
      Promise.all(flatten(tree).leaves.map(async (leaf) => [...(await leaf.data())]));
    expect(await numbers(read.variables)).toEqual(await numbers(variables));
  });

  it("what fits small images can be trained with as it is", () => {
    for (const [side, changes] of [
      [20, { maskedPercent: 0.198 }],
      [20, { depth: 5, crop: 64 }],
      [70, { maskedPercent: 0.02, crop: 128 }],
    ] as const) {
      const configuration = resolveConfiguration(noise2void, "laptop", changes);
      const fitting = noise2void.cropFor(configuration, side)!;
      expect(resolveConfiguration(noise2void, "laptop", { ...changes, ...fitting }).crop).toBeLessThanOrEqual(
        side,
      );
    }
  });

  it("files of before were trained with as many spots as maskedPercent says", () => {
    const before = (structAxis: string, hidden: Plain = {}): number => {
      const { hiddenPercent: _new, ...others } = resolveConfiguration(noise2void, "laptop", { structAxis });
      return parseConfiguration(noise2void, { ...others, ...hidden }).hiddenPercent;
    };
    expect(["horizontal", "vertical", "auto"].map((axis) => before(axis))).toEqual([100, 100, 100]);
    expect(before("none")).toBe(noise2void.space.defaults.hiddenPercent);
    expect(before("horizontal", { hiddenPercent: 7 })).toBe(7);
    expect(resolveConfiguration(noise2void, "laptop", { structAxis: "vertical" }).hiddenPercent).toBe(5);
  });

  it("every key has a description", () => {
    for (const { key, description } of describeConfiguration(noise2void)) {
      expect(description, key).toMatch(/\.$/);
    }
  });

  it.each(wrong)("%j: %s", (changes, message) => {
    expect(() => resolveConfiguration(noise2void, "laptop", changes)).toThrow(message);
  });

  it.each([
    [15, undefined],
    [16, { crop: 16 }],
    [50, { crop: 32 }],
    [64, { crop: 64 }],
  ])("images of %i pixels a side are trained on with %j", (side, expected) => {
    expect(noise2void.cropFor(resolveConfiguration(noise2void, "laptop"), side)).toEqual(expected);
  });

  it.each([
    ["n2v", { multiple: 4, bytesPerPixel: 256 }],
    ["n2v2", { multiple: 4, bytesPerPixel: 128 }],
  ] as const)("geometry of %s", (preset, expected) => {
    expect(noise2void.geometry(resolveConfiguration(noise2void, preset, {}))).toEqual(expected);
  });
});
