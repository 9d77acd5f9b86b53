import {
  compileTraining,
  describeConfiguration,
  initialTrainingState,
  type Plain,
  readMetrics,
  resolveConfiguration,
} from "@clidim/denoise";
import { add, compile, key, mean, mul, normal, square, sub, type Tensor, tensor } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { noise2noise } from "../../src/noise2noise/method.js";
import { presetNames } from "../../src/noise2noise/schema.js";
import { methods } from "../../src/registry.js";

const wrong: readonly (readonly [Plain, string])[] = [
  [{ crop: 66 }, "crop is 66; allowed: a multiple of 2^depth = 8, such as 72"],
  [{ targets: "all" }, 'targets is "all"; allowed: others, next'],
  [{ loss: "l1" }, 'loss is "l1"; allowed: mae, mse'],
  [{ selection: "as-released" }, 'selection is "as-released"; allowed: last, validation'],
  [{ groundTruth: "all" }, "groundTruth is not a key"],
];

describe("noise2noise", () => {
  it("is a method of the registry that wants other captures", () => {
    expect(methods.trainedAs("noise2noise@1")).toBe(noise2noise);
    expect(noise2noise.target).toBe("capture");
    const members = (targets: string) =>
      noise2noise.members(resolveConfiguration(noise2noise, "laptop", { targets }));
    expect(members("others").capture).toBe("other");
    expect(members("next").capture).toBe("next");
  });

  it.each(presetNames)("preset %s is a whole configuration", (preset) => {
    const { params } = noise2noise.template(resolveConfiguration(noise2noise, preset, {}));
    expect(params).toHaveProperty("head.conv.weight");
  });

  it("every key has a description", () => {
    for (const { key: name, description } of describeConfiguration(noise2noise)) {
      expect(description, name).toMatch(/\.$/);
    }
  });

  it.each(wrong)("%j: %s", (changes, message) => {
    expect(() => resolveConfiguration(noise2noise, "laptop", changes)).toThrow(message);
  });

  it.each([
    ["laptop", 15, undefined],
    ["laptop", 50, { crop: 32 }],
    ["paper", 31, { crop: 16, depth: 4 }],
    ["paper", 64, { crop: 64 }],
  ] as const)("%s: images of %i pixels a side are trained on with %j", (preset, side, expected) => {
    expect(noise2noise.cropFor(resolveConfiguration(noise2noise, preset), side)).toEqual(expected);
  });

  it("geometry: the two-fold channels and the image are the widest", () => {
    expect(noise2noise.geometry(resolveConfiguration(noise2noise, "paper"))).toEqual({
      multiple: 32,
      bytesPerPixel: 4 * 97,
    });
  });

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

  it.each(["mse", "mae"] as const)(
    "learns to denoise from pairs of captures, and %s of other captures judges it",
    async (loss) => {
      const changes = { depth: 2, filters: 8, crop: side, batch: 8, updates: 120, learningRate: 5e-3, loss };
      const configuration = resolveConfiguration(noise2noise, "laptop", changes);
      const run = compileTraining(noise2noise, configuration);
      const held = compile(noise2noise.held!(configuration));
      let state = initialTrainingState(noise2noise, configuration, 3);
      const judged = async (): Promise<readonly [number, number]> => {
        const images = { noisy: noisyOf(5), capture: noisyOf(6) };
        const result = await held(noise2noise.variables(state.method), images, key(0));
        return [await result.loss.item(), await result.pixels.item()];
      };
      const [before] = await judged();
      for (let i = 0; i < 120; i++) {
        state = await run(state, { noisy: noisyOf(100 + i), capture: noisyOf(500 + i) }, i);
      }
      const [after, pixels] = await judged();
      expect(pixels).toBe(8 * side * side);
      expect(after).toBeLessThan(0.8 * before);
      // No network can predict the noise of the other capture.
      expect(after).toBeGreaterThan(loss === "mse" ? 0.45 : 0.5);
      expect(Object.keys((await readMetrics(state)).means)).toEqual(["loss"]);
      const output = noise2noise.apply(configuration)(noise2noise.variables(state.method), noisyOf(5));
      const errorOf = async (x: Tensor) => mean(square(sub(x, scene()))).item();
      expect(await errorOf(output)).toBeLessThan(0.15);
    },
  );

  it("needs the other capture", () => {
    const configuration = resolveConfiguration(noise2noise, "laptop", { filters: 2, depth: 1, crop: 16 });
    const variables = noise2noise.template(configuration);
    expect(() =>
      noise2noise.held!(configuration)(variables, { noisy: normal(key(0), [1, 16, 16, 1]) }, key(0)),
    ).toThrow("noise2noise: expected other captures of the crops, got none");
  });
});
