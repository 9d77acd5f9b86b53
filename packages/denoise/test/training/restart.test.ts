import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import type { TrainedMethod } from "../../src/protocol/method.js";
import { readManifest } from "../../src/training/manifest.js";
import { MetricsLog } from "../../src/training/metricsLog.js";
import { train } from "../../src/training/train.js";
import type { TrainResult } from "../../src/training/trainResult.js";
import { type FictitiousConfiguration, type FictitiousState, fictitious } from "../protocol/fictitious.js";
import { type TinyData, tensorsOf, writeTinyData } from "./tinyData.js";

type Fictitious = TrainedMethod<FictitiousConfiguration, FictitiousState>;

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const words = "the network has given up";

/** It is hopeless after 20 updates from fresh weights with a learning rate of at least `least`, and then tries half of it, down to 0.01. */
const givingUp = (least: number): Fictitious => ({
  ...fictitious("clean"),
  hopeless: ({ learningRate }, { error }, updates) =>
    learningRate >= least && updates >= 20 && error! > 0 ? words : undefined,
  afterRestart: (configuration, update) =>
    configuration.learningRate <= 0.01
      ? undefined
      : {
          configuration: { ...configuration, learningRate: configuration.learningRate / 2 },
          words: `with half the learning rate from update ${update} on`,
        },
});

let data: TinyData;
beforeAll(async () => {
  data = await writeTinyData(at("data"), 4);
});

const run = (
  name: string,
  method: Fictitious,
  { stop, overrides, ...more }: { stop?: number; overrides?: object; resume?: boolean; validation?: number },
  sentences: string[] = [],
): Promise<TrainResult> => {
  const controller = new AbortController();
  return train(
    {
      ...{ method, ...data, out: at(name), seed: 1, validation: 0.3, ...more },
      overrides: { updates: 60, guard: true, ...overrides },
    },
    {
      signal: controller.signal,
      onWarning: (sentence) => sentences.push(sentence),
      onProgress: ({ update }) => {
        if (stop !== undefined && update >= stop) controller.abort();
      },
    },
  );
};

describe("a training that is hopeless after 20 updates", () => {
  const step = {
    update: 20,
    to: 0,
    hopeless: words,
    remedy: "with half the learning rate from update 20 on",
  };

  test("begins again with fresh weights, and all say so", async () => {
    const sentences: string[] = [];
    const { manifest, completed } = await run("whole", givingUp(0.015), {}, sentences);
    expect(completed).toBe(true);
    expect(manifest).toMatchObject({ updates: { done: 60 }, steppedBack: [step] });
    expect(sentences).toContain(
      "after update 20 the network has given up: the training begins again with fresh weights, with half the learning rate from update 20 on",
    );
    const log = await MetricsLog.resume(join(at("whole"), "metrics.jsonl"), Number.POSITIVE_INFINITY);
    expect(log.stepsBack()).toEqual([step]);
    expect(log.freshSince()).toBe(20);
    // What was found before counts no more.
    expect(log.figures()[0]!.update).toBeGreaterThan(20);
    expect(manifest.kept).toBeGreaterThan(20);
  });

  test("begins with other weights than those of the first beginning", async () => {
    const stopped = await run("just after", givingUp(0.015), { stop: 20 });
    expect(stopped.completed).toBe(false);
    const first = await run("before the first", givingUp(1), { stop: 0 });
    const weights = ({ folder: { checkpoint } }: TrainResult) =>
      Object.entries(tensorsOf(checkpoint)).filter(([name]) => /weight/.test(name));
    expect(weights(stopped).length).toBeGreaterThan(0);
    expect(weights(stopped)).not.toEqual(weights(first));
  });

  test.each([15, 20, 21, 45])(
    "stopped at update %i and gone on with, it ends bit by bit as in one go",
    async (stop) => {
      const name = `stopped at ${stop}`;
      await run(name, givingUp(0.015), { stop });
      await run(name, givingUp(0.015), { resume: true });
      for (const file of ["checkpoint.safetensors", "model.safetensors"])
        expect(tensorsOf(join(at(name), file))).toEqual(tensorsOf(join(at("whole"), file)));
    },
  );

  test("does so too where nothing is held out", async () => {
    const { manifest } = await run("nothing held out", givingUp(0.015), {
      ...{ validation: 0, overrides: { selection: "last" } },
    });
    expect(manifest).toMatchObject({ status: "completed", kept: 60, steppedBack: [step] });
  });

  test("ends with an error where that is seen after the last update, and does not take fresh weights for trained ones", async () => {
    const late: Fictitious = {
      ...givingUp(0),
      hopeless: (_, __, updates) => (updates >= 60 ? words : undefined),
    };
    await expect(run("late", late, {})).rejects.toThrow(
      "training stopped at update 60: the network has given up. No other way to begin is left, or too few updates",
    );
    expect(await readManifest(join(at("late"), "manifest.json"), late)).toMatchObject({ status: "failed" });
  });

  test("ends with an error where no other way is left, and without guard at once", async () => {
    await expect(run("hopeless", givingUp(0), {})).rejects.toThrow(
      "training stopped at update 40: the network has given up, also after it began again once. No other way to begin is left, or too few updates to try one: set more of them. There may be nothing in the images but noise",
    );
    expect(await readManifest(join(at("hopeless"), "manifest.json"), givingUp(0))).toMatchObject({
      status: "failed",
    });
    await expect(run("unguarded", givingUp(0), { overrides: { guard: false } })).rejects.toThrow(
      "training stopped at update 20: the network has given up. Set guard, with which it begins again in another way",
    );
  });
});
