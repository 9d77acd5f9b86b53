import {
  compileTraining,
  describeConfiguration,
  initialTrainingState,
  type Plain,
  resolveConfiguration,
} from "@clidim/denoise";
import {
  add,
  compile,
  flatten,
  key,
  mean,
  mul,
  normal,
  sizeOf,
  square,
  sub,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { care } from "../../src/care/method.js";
import { presetNames } from "../../src/care/schema.js";
import { methods } from "../../src/registry.js";

const wrong: readonly (readonly [Plain, string])[] = [
  [{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 8, such as 72"],
  [{ network: "ppn2v", kernel: 5 }, "kernel is 5; allowed: 3 with network ppn2v"],
  [
    { network: "ppn2v", loss: "laplace" },
    'loss is "laplace"; allowed: mae, mse with network ppn2v, which predicts no scale',
  ],
  [{ loss: "l1" }, 'loss is "l1"; allowed: mae, mse, laplace'],
];

describe("care", () => {
  it("is a method of the registry that wants clean images", () => {
    expect(methods.trainedAs("care@1")).toBe(care);
    expect(care.target).toBe("clean");
  });

  it.each(presetNames)("preset %s: as many parameters as the originals have", (preset) => {
    const { params } = care.template(resolveConfiguration(care, preset, {}));
    const count = flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0);
    expect(count).toBe(
      { laptop: 341_745, csbdeep: 922_977, probabilistic: 923_010, ppn2v: 1_677_377 }[preset],
    );
  });

  it("every key has a description", () => {
    for (const { key: name, description } of describeConfiguration(care)) {
      expect(description, name).toMatch(/\.$/);
    }
  });

  it.each(wrong)("%j: %s", (changes, message) => {
    expect(() => resolveConfiguration(care, "laptop", changes)).toThrow(message);
  });

  it.each([
    ["csbdeep", { multiple: 4, bytesPerPixel: 256 }],
    ["ppn2v", { multiple: 4, bytesPerPixel: 256 }],
    ["laptop", { multiple: 8, bytesPerPixel: 128 }],
  ] as const)("geometry of %s", (preset, expected) => {
    expect(care.geometry(resolveConfiguration(care, preset, {}))).toEqual(expected);
    expect(care.cropFor(resolveConfiguration(care, preset), 50)).toEqual({ crop: 32 });
    expect(care.cropFor(resolveConfiguration(care, preset, { depth: 5, crop: 128 }), 20)).toEqual({
      crop: 16,
      depth: 4,
    });
    expect(care.cropFor(resolveConfiguration(care, preset), 15)).toBeUndefined();
  });

  const side = 32;
  /** Squares of -1 and 1. */
  const scene = (): Tensor =>
    tensor(
      Array.from(
        { length: side * side },
        (_, i) => ((Math.floor(i / side / 8) + Math.floor((i % side) / 8)) % 2) * 2 - 1,
      ),
      { shape: [1, side, side, 1] },
    );
  const batchOf = (seed: number) => {
    const clean = add(scene(), mul(normal(key(0), [8, side, side, 1]), 0));
    return { clean, noisy: add(clean, mul(normal(key(seed), [8, side, side, 1]), 0.7)) };
  };
  const errorOf = async (x: Tensor) => mean(square(sub(x, scene()))).item();

  it.each([
    ["laptop", { loss: "mae" }],
    ["laptop", { loss: "laplace" }],
    ["ppn2v", { learningRate: 1e-3 }],
  ] as const)("%s with %j learns to denoise", async (preset, changes) => {
    const small = { depth: 2, filters: 8, kernel: 3, crop: side, batch: 8, updates: 100, learningRate: 5e-3 };
    const configuration = resolveConfiguration(care, preset, { ...small, ...changes });
    const run = compileTraining(care, configuration);
    let state = initialTrainingState(care, configuration, 3);
    for (let i = 0; i < 100; i++) state = await run(state, batchOf(100 + i), i);
    const variables = care.variables(state.method);
    const { noisy } = batchOf(5);
    expect(await errorOf(noisy)).toBeCloseTo(0.49, 1);
    const output = await compile(care.apply(configuration))(variables, noisy);
    expect(output.shape).toEqual(noisy.shape);
    const error = await errorOf(output);
    expect(error).toBeLessThan(0.15);

    const sampled = care.sampled(configuration);
    if (configuration.loss !== "laplace") {
      expect(sampled).toMatch(/^nothing random in it .* and predicts no uncertainty/);
      return;
    }
    if (typeof sampled === "string") throw new Error(sampled);
    const pass = { number: tensor(Uint32Array.of(0), { shape: [] }), ofPage: key(0) };
    const values = await (await compile(sampled)(variables, batchOf(6).noisy, key(0), pass)).data();
    let [squares, predicted] = [0, 0];
    const truth = await scene().data();
    for (let i = 0; i < values.length / 2; i++) {
      squares += (values[2 * i]! - truth[i % truth.length]!) ** 2;
      predicted += values[2 * i + 1]! ** 2;
    }
    // The network says how far it is off, within a factor of 2.
    expect(predicted / squares).toBeGreaterThan(0.25);
    expect(predicted / squares).toBeLessThan(4);
  });
});
