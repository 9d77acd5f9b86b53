import {
  compileTraining,
  describeConfiguration,
  initialTrainingState,
  type Plain,
  resolveConfiguration,
} from "@clidim/denoise";
import { add, compile, key, mean, mul, normal, square, sub, type Tensor, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { noise2same } from "../../src/noise2same/method.js";
import { noise2self } from "../../src/noise2self/method.js";
import { methods } from "../../src/registry.js";

const side = 32;
const scene = (): Tensor =>
  tensor(
    Array.from(
      { length: side * side },
      (_, i) => ((Math.floor(i / side / 8) + Math.floor((i % side) / 8)) % 2) * 2 - 1,
    ),
    { shape: [1, side, side, 1] },
  );
const noisyOf = (seed: number): Tensor => add(scene(), mul(normal(key(seed), [8, side, side, 1]), 0.7));
const errorOf = async (x: Tensor) => mean(square(sub(x, scene()))).item();
const small = { depth: 2, filters: 8, crop: side, batch: 8, updates: 100, learningRate: 5e-3 };

describe.each(["noise2self", "noise2same"])("%s", (name) => {
  const method = methods.trainedNamed(name);

  it("wants noisy images alone, and says what its keys are", () => {
    expect(methods.trainedAs(`${name}@1`)).toBe(method);
    expect(method.target).toBe("none");
    for (const { key: path, description } of describeConfiguration(method)) {
      expect(description, path).toMatch(/\.$/);
    }
    for (const preset of method.space.presets) {
      const { multiple } = method.geometry(resolveConfiguration(method, preset));
      expect(multiple).toBe(preset === "laptop" ? 8 : 4);
    }
    expect(method.cropFor(resolveConfiguration(method, "laptop"), 15)).toBeUndefined();
    expect(method.cropFor(resolveConfiguration(method, "laptop"), 50)).toEqual({ crop: 32 });
    const deep = resolveConfiguration(method, "laptop", { depth: 5 });
    expect(method.cropFor(deep, 20)).toEqual({ crop: 16, depth: 4 });
  });

  it.each<readonly [Plain, string]>([
    [{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 8, such as 72"],
    [{ stride: 1 }, "stride is 1; allowed: a whole number from 2 to 16"],
    [{ replacement: "mean" }, 'replacement is "mean"; allowed: interpolate, zero'],
    [
      { replacement: "zero", normalization: { mode: "percentile", low: 1, high: 99, bound: 0.8 } },
      'replacement is "zero"; allowed: interpolate with normalization.mode percentile, in whose values 0 is not the mean of the images; or set normalization.mode to standard',
    ],
    [{ groundTruth: "all" }, "groundTruth is not a key"],
  ])("%j: %s", (changes, message) => {
    expect(() => resolveConfiguration(method, "laptop", changes)).toThrow(message);
  });

  it("learns to denoise from noisy images alone", async () => {
    const configuration = resolveConfiguration(method, "laptop", small);
    const run = compileTraining(method, configuration);
    const held = compile(method.held!(configuration));
    let state = initialTrainingState(method, configuration, 3);
    const judged = async () => {
      const images = { noisy: noisyOf(5) };
      const { loss, pixels } = await held(method.variables(state.method), images, key(0));
      return { loss: await loss.item(), pixels: await pixels.item() };
    };
    const before = await judged();
    for (let i = 0; i < 100; i++) state = await run(state, { noisy: noisyOf(100 + i) }, i);
    const after = await judged();
    expect(after.loss).toBeLessThan(0.8 * before.loss);
    // A pixel of each 4 x 4, or all.
    expect(after.pixels).toBe(8 * side * side * (name === "noise2self" ? 1 / 16 : 1));
    const output = await compile(method.apply(configuration))(method.variables(state.method), noisyOf(5));
    expect(await errorOf(output)).toBeLessThan(0.15);
  });
});

describe("noise2self", () => {
  it("inference invariant tells each pixel from the others", async () => {
    const configuration = resolveConfiguration(noise2self, "laptop", {
      ...{ filters: 2, depth: 1, crop: 16, stride: 2, inference: "invariant" },
    });
    const variables = noise2self.template(configuration);
    const run = compile(noise2self.apply(configuration));
    const values = Array.from({ length: 256 }, (_, i) => Math.sin(i ** 1.7));
    const outputOf = async (data: readonly number[]) =>
      (await run(variables, tensor([...data], { shape: [1, 16, 16, 1] }))).data();
    const before = await outputOf(values);
    const after = await outputOf(values.with(100, 9));
    expect(after[100]).toBe(before[100]);
    expect(after[101]).not.toBe(before[101]);
    const whole = { ...configuration, inference: "whole" } as const;
    const seen = await compile(noise2self.apply(whole))(variables, tensor(values, { shape: [1, 16, 16, 1] }));
    expect(await seen.data()).not.toEqual(before);
  });
});

describe("noise2same", () => {
  it("with no weight gives the noisy image back, with the bound's it does not", async () => {
    const residualOf = async (invarianceWeight: number): Promise<number> => {
      const configuration = resolveConfiguration(noise2same, "laptop", { ...small, invarianceWeight });
      const run = compileTraining(noise2same, configuration);
      let state = initialTrainingState(noise2same, configuration, 3);
      for (let i = 0; i < 100; i++) state = await run(state, { noisy: noisyOf(100 + i) }, i);
      const variables = noise2same.variables(state.method);
      const output = await compile(noise2same.apply(configuration))(variables, noisyOf(5));
      return mean(square(sub(output, noisyOf(5)))).item();
    };
    expect(await residualOf(0)).toBeLessThan(0.15);
    expect(await residualOf(2)).toBeGreaterThan(0.35);
  });
});
