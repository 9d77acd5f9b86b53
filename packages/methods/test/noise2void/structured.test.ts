import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { compileTraining, initialTrainingState, resolveConfiguration } from "@clidim/denoise";
import { loadModel, train } from "@clidim/denoise/node";
import { counterRandom, type Image, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import {
  add,
  compile,
  key,
  mean,
  mul,
  normal,
  slice,
  square,
  sub,
  type Tensor,
  tensor,
} from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, it } from "vitest";
import { noise2void } from "../../src/noise2void/method.js";
import { noise2voidStep } from "../../src/noise2void/step.js";
import { methods } from "../../src/registry.js";

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
const small = { depth: 1, filters: 4, crop: 32, batch: 2, updates: 12 };

/** With noise that four pixels of a row have in common. */
function streaked(image: Image, seed: number): Image {
  const random = counterRandom(seed, 0, 0);
  const { width, height } = image;
  const level = Math.max(...image.data) / 4;
  const streaks = Float64Array.from({ length: (width + 4) * height }, () => random.integer(1000) / 500 - 1);
  const data = Float32Array.from(image.data, (value, i) => {
    const start = Math.floor(i / width) * (width + 4) + (i % width);
    return value + level * streaks.subarray(start, start + 4).reduce((a, b) => a + b, 0);
  });
  return { width, height, dtype: "float32", data };
}

beforeAll(async () => {
  mkdirSync(at("data"));
  const [scene] = simulateScenes({ seed: 6, size: 64, scenes: 1, frames: 1 });
  await writeImageFile(
    at("data", "streaked.tif"),
    [1, 2, 3, 4].map((seed) => streaked(scene!.clean, seed)),
  );
  const [plain] = simulateScenes({ seed: 6, size: 64, scenes: 1, frames: 4 });
  await writeImageFile(at("data", "plain.tif"), plain!.noisy);
});

describe("structAxis", () => {
  it("auto is what the noise of the training images says, in the files of the run too, and goes on so", async () => {
    const warnings: string[] = [];
    const onWarning = (sentence: string) => void warnings.push(sentence);
    const run = (name: string) => ({
      ...{ method: methods.trainedNamed("noise2void"), noisy: [at("data", `${name}.tif`)] },
      ...{ out: at(name), overrides: { ...small, structAxis: "auto" } },
    });
    const controller = new AbortController();
    const onProgress = ({ update }: { readonly update: number }): void => {
      if (update >= 6) controller.abort();
    };
    await train(run("streaked"), { onWarning, onProgress, signal: controller.signal });
    const { manifest } = await train({ ...run("streaked"), resume: true });
    expect(manifest.updates.done).toBe(12);
    expect(manifest.configuration).toMatchObject({ structAxis: "horizontal" });
    const { configuration } = await loadModel(at("streaked"), methods);
    expect(configuration).toMatchObject({ structAxis: "horizontal" });
    expect(warnings.join("\n")).toMatch(
      /as the training images have it: structAxis horizontal, structSpan [357]/,
    );
    const plain = await train(run("plain"));
    expect(plain.manifest.configuration).toMatchObject({ structAxis: "none", structSpan: 11 });
  });

  it("auto that nothing has decided is a mistake of the program", () => {
    const configuration = resolveConfiguration(noise2void, "laptop", { ...small, structAxis: "auto" });
    const { state } = noise2void.init(configuration, 0);
    expect(() =>
      noise2voidStep(configuration)(
        state,
        { noisy: normal(key(0), [2, 32, 32, 1]) },
        { update: tensor(0), key: key(1), lossScale: undefined },
      ),
    ).toThrow("noise2void: structAxis auto is for the training images to decide; see prepare");
  });

  it("removes noise that pixels of a row have in common, which plain blind spots keep", async () => {
    const side = 32;
    const scene = tensor(
      Array.from({ length: side * side }, (_, i) => (Math.floor(i / side / 8) % 2) * 2 - 1),
      { shape: [1, side, side, 1] },
    );
    /** Each pixel the sum of three values of noise of its row. */
    const noisyOf = (seed: number): Tensor => {
      const white = normal(key(seed), [8, side, side + 2, 1]);
      const shifted = [0, 1, 2].map((by) => slice(white, [0, 0, by, 0], [8, side, side + by, 1]));
      return add(
        mul(
          shifted.reduce((a, b) => add(a, b)),
          0.5,
        ),
        scene,
      );
    };
    const errorWith = async (structAxis: "none" | "horizontal"): Promise<number> => {
      const own = resolveConfiguration(noise2void, "laptop", {
        ...{ depth: 2, filters: 8, crop: side, batch: 8, updates: 150, learningRate: 5e-3 },
        ...{ maskedPercent: 1.5, structAxis, structSpan: 7 },
      });
      const run = compileTraining(noise2void, own);
      let state = initialTrainingState(noise2void, own, 3);
      for (let i = 0; i < 150; i++) state = await run(state, { noisy: noisyOf(100 + i) }, i);
      const output = await compile(noise2void.apply(own))(noise2void.variables(state.method), noisyOf(5));
      return mean(square(sub(output, scene))).item();
    };
    const [plain, structured] = [await errorWith("none"), await errorWith("horizontal")];
    expect(structured).toBeLessThan(0.7 * plain);
  });
});
