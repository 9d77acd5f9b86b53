import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveConfiguration } from "@clidim/denoise";
import { train } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { readSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { methods } from "../../src/registry.js";
import { small } from "../small.js";

const folder = temporaryFolder();
const noisy: string[] = [];

beforeAll(async () => {
  mkdirSync(join(folder, "data"));
  for (const scene of simulateScenes({ seed: 1, size: 48, scenes: 3, frames: 2 })) {
    noisy.push(join(folder, "data", `${scene.name}.tif`));
    await writeImageFile(noisy.at(-1)!, scene.noisy);
  }
});

const tensorsOf = (out: string) =>
  readSafetensors(readFileSync(join(folder, out, "checkpoint.safetensors"))).tensors;

/** The learning rates of a run's log by update. */
const ratesOf = (out: string): (readonly [number, number])[] =>
  readFileSync(join(folder, out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line): { update: number; learningRate?: number } => JSON.parse(line))
    .flatMap(({ update, learningRate }) =>
      learningRate === undefined ? [] : [[update, learningRate] as const],
    );

// One is judged by clean images, the other by its own loss.
describe.each(["care", "noise2void"])("%s, with a learning rate that follows the validation", (name) => {
  const method = methods.trainedNamed(name);
  // A rate at which validations go up and down.
  const run = (out: string, factor = 0.5) => ({
    ...{ method, noisy, out: join(folder, `${name}-${out}`), seed: 3, validation: 0.3 },
    overrides: {
      ...small[name],
      ...{ updates: 24, learningRate: 0.05, guard: false, calibrateFlux: false, selection: "last" },
      ...{ schedule: "plateau", plateau: { factor, patience: 0, epoch: 2 } },
    },
  });

  test("lowers it, and goes on after an interruption to the same weights, bit for bit", async () => {
    await train(run("whole"));
    const rates = ratesOf(`${name}-whole`);
    expect(rates.length).toBeGreaterThan(0);
    rates.forEach(([update, rate], i) => {
      expect(update % 2).toBe(0);
      expect(rate).toBe(0.05 * 0.5 ** (i + 1));
    });
    const controller = new AbortController();
    const [[first]] = rates as [readonly [number, number]];
    const onProgress = ({ update }: { readonly update: number }): void => {
      if (update > first) controller.abort();
    };
    const { completed } = await train(run("stopped"), { signal: controller.signal, onProgress });
    expect(completed).toBe(false);
    await train({ ...run("stopped"), resume: true });
    expect(ratesOf(`${name}-stopped`)).toEqual(rates);
    expect(tensorsOf(`${name}-stopped`)).toEqual(tensorsOf(`${name}-whole`));
  });

  test("trains with the rate that it says", async () => {
    await train(run("slower", 0.01));
    const [faster, slower] = ["whole", "slower"].map((out) => ratesOf(`${name}-${out}`)[0]!);
    // Nothing differs before the first lower rate.
    expect(slower![0]).toBe(faster![0]);
    expect(slower![1]).toBeCloseTo(5e-4, 12);
    expect(tensorsOf(`${name}-slower`)).not.toEqual(tensorsOf(`${name}-whole`));
  });
});

describe("a learning rate that follows the validation", () => {
  const care = methods.trainedNamed("care");

  test("wants something to be held out", async () => {
    const options = { method: care, noisy, out: join(folder, "refused"), preset: "ppn2v", validation: 0 };
    await expect(train({ ...options, overrides: { crop: 32 } })).rejects.toThrow(
      /^schedule plateau lowers the learning rate where the validation gets no better, but nothing is held out/,
    );
  });

  test("wants to know how long an epoch is, and no guard beside it", () => {
    expect(() => resolveConfiguration(care, "laptop", { schedule: "plateau" })).toThrow(
      /plateau is missing; allowed: a record with epoch, factor and patience with schedule plateau; guard is true; allowed: false with schedule plateau/,
    );
    const { plateau } = resolveConfiguration(care, "laptop", {
      ...{ schedule: "plateau", guard: false, plateau: { epoch: 100 } },
    });
    expect(plateau).toEqual({ factor: 0.5, patience: 10, epoch: 100 });
  });

  test.each([
    ["care", "csbdeep", { factor: 0.5, patience: 9, epoch: 400 }],
    ["care", "probabilistic", { factor: 0.5, patience: 9, epoch: 400 }],
    ["care", "ppn2v", { factor: 0.5, patience: 10, epoch: 5 }],
    ["noise2void", "n2v", { factor: 0.5, patience: 9, epoch: 400 }],
    ["noise2void", "n2v2", { factor: 0.5, patience: 9, epoch: 400 }],
    ["pn2v", "ppn2v", { factor: 0.5, patience: 10, epoch: 5 }],
  ])("is that of %s's preset %s", (name, preset, plateau) => {
    expect(resolveConfiguration(methods.trainedNamed(name), preset)).toMatchObject({
      ...{ schedule: "plateau", plateau, guard: false },
    });
  });

  test("is in no configuration that does not ask for it", () => {
    for (const method of methods.trained) {
      expect(Object.keys(resolveConfiguration(method, method.space.presets[0]!)), method.name).not.toContain(
        "plateau",
      );
    }
  });
});
