import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { ge, mapTree, mul, type Tensor, where } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { importModel } from "../../src/model/modelFile.js";
import type { TrainedMethod } from "../../src/protocol/method.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { readManifest } from "../../src/training/manifest.js";
import { decibelsBelow, MetricsLog } from "../../src/training/metricsLog.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import type { TrainHooks } from "../../src/training/trainHooks.js";
import type { TrainResult } from "../../src/training/trainResult.js";
import { type FictitiousConfiguration, type FictitiousState, fictitious } from "../protocol/fictitious.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "./tinyData.js";

/** The validation PSNRs to come, in dB; when there are none left, the true ones. */
const planned = vi.hoisted(() => ({ psnr: [] as number[] }));

vi.mock("../../src/training/validation.js", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/training/validation.js")>();
  const cropMetrics: typeof original.cropMetrics = (pages, crops) => {
    const figures = original.cropMetrics(pages, crops);
    const ofNoisy = pages[0] === crops[0]!.noisy;
    const psnr = ofNoisy ? undefined : planned.psnr.shift();
    return psnr === undefined ? figures : { ...figures, psnr };
  };
  return { ...original, cropMetrics };
});

const folder = temporaryFolder();
const plain = fictitious("clean");
/** Learning rates below it do no harm. */
const HARMLESS = 0.015;

/** The same, whose weights are multiplied by a factor in every update from the 45th on, as long as the learning rate is as high as at the start. */
const multiplying = (factor: number): TrainedMethod<FictitiousConfiguration, FictitiousState> => ({
  ...plain,
  phases: (configuration) =>
    plain.phases(configuration).map((phase) => ({
      ...phase,
      step(state, batch, context) {
        const after = phase.step(state, batch, context);
        if (configuration.learningRate < HARMLESS) return after;
        const late = ge(context.update, 45);
        return {
          ...after,
          state: {
            ...after.state,
            params: mapTree((weight: Tensor) => where(late, mul(weight, factor), weight), after.state.params),
          },
        };
      },
    })),
});
const exploding = multiplying(1.1);
const diverging = multiplying(Number.POSITIVE_INFINITY);

let data: TinyData;
let sentences: string[];

beforeAll(async () => {
  data = await writeTinyData(join(folder, "data"), 4);
});
beforeEach(() => {
  planned.psnr = [];
  sentences = [];
});

const at = (name: string): string => join(folder, name);
const run = (
  name: string,
  method: TrainedMethod<FictitiousConfiguration, FictitiousState>,
  overrides: Readonly<Record<string, unknown>> = {},
  hooks: TrainHooks = {},
  more: Partial<TrainOptions> = {},
): Promise<TrainResult> =>
  train(
    {
      method,
      ...data,
      out: at(name),
      // Validated after every tenth update.
      overrides: { updates: 100, guard: true, ...overrides },
      seed: 1,
      validation: 0.3,
      ...more,
    },
    { ...hooks, onWarning: (sentence) => sentences.push(sentence) },
  );
const stopAt = (update: number): TrainHooks => {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress: (now) => {
      if (now.update >= update) controller.abort();
    },
  };
};
const logOf = (name: string): Promise<MetricsLog> =>
  MetricsLog.resume(join(at(name), "metrics.jsonl"), Number.POSITIVE_INFINITY);
const provenanceOf = (name: string, method: TrainedMethod): Readonly<Record<string, unknown>> =>
  importModel(readFileSync(join(at(name), "model.safetensors")), methodRegistry([method])).provenance;
const psnrOf = (figures: object | null | undefined): number =>
  figures && "psnr" in figures ? Number(figures.psnr) : Number.NaN;

describe("a method that explodes at update 45", () => {
  const whole = { update: 51, remedy: "with half the learning rate" };

  test("is taken back to its best state, goes on with half the learning rate, and ends well; all say so", async () => {
    await run("unguarded", exploding, { guard: false, selection: "last" });
    const unguarded = await readManifest(join(at("unguarded"), "manifest.json"), exploding);
    const { best, last } = unguarded.validation!;
    expect(psnrOf(best) - psnrOf(last)).toBeGreaterThan(5);
    expect(sentences.join("\n")).not.toMatch(/the validation after update/);

    const { manifest, completed } = await run("guarded", exploding, { selection: "last" });
    expect(completed).toBe(true);
    expect(manifest).toMatchObject({ status: "completed", updates: { done: 100 }, kept: 100 });
    expect(manifest.steppedBack).toHaveLength(1);
    const [step] = manifest.steppedBack!;
    expect(step).toMatchObject(whole);
    expect(step!.decibels!).toBeGreaterThan(1);
    expect(step!.to).toBeLessThanOrEqual(40);
    const figures = manifest.validation!;
    expect(psnrOf(figures.best) - psnrOf(figures.last)).toBeLessThanOrEqual(0.3);
    expect(psnrOf(figures.last)).toBeGreaterThan(psnrOf(last) + 5);

    expect((await logOf("guarded")).stepsBack()).toEqual([step]);
    expect(provenanceOf("guarded", exploding)).toMatchObject({ updates: 100, steppedBack: [step] });
    expect(sentences.filter((sentence) => sentence.startsWith("the validation after"))).toEqual([
      `the validation after update 51 was ${step!.decibels!.toFixed(2)} dB worse than after update ${step!.to}: ` +
        `the training goes on from the state of update ${step!.to}, with half the learning rate`,
    ]);
  });

  // Before the collapse, when it is doubted, just after the step back, and later.
  test.each([43, 50, 51, 77])(
    "interrupted at update %d and resumed it ends bit by bit as in one go",
    async (update) => {
      const name = `interrupted at ${update}`;
      const { completed } = await run(name, exploding, { selection: "last" }, stopAt(update));
      expect(completed).toBe(false);
      await run(name, exploding, { selection: "last" }, {}, { resume: true });
      for (const file of ["checkpoint.safetensors", "model.safetensors"]) {
        expect(tensorsOf(join(at(name), file)), file).toEqual(tensorsOf(join(at("guarded"), file)));
      }
      const { steppedBack } = await readManifest(join(at(name), "manifest.json"), exploding);
      expect(steppedBack).toEqual((await logOf("guarded")).stepsBack());
    },
  );

  test("the state that it goes on from is that of the best update, to the bit", async () => {
    const { manifest } = await run("just back", exploding, { selection: "last" }, stopAt(51));
    const { to } = manifest.steppedBack![0]!;
    await run("there", exploding, { selection: "last" }, stopAt(to));
    const [back, there] = ["just back", "there"].map((name) =>
      tensorsOf(join(at(name), "checkpoint.safetensors")),
    );
    for (const [path, values] of Object.entries(there!)) {
      if (path !== "update" && !path.startsWith("best.")) expect(back![path], path).toEqual(values);
    }
    expect(manifest.kept).toBe(to);
    expect(tensorsOf(join(at("just back"), "model.safetensors"))).toEqual(
      tensorsOf(join(at("there"), "model.safetensors")),
    );
  });
});

describe("a method that diverges at update 45", () => {
  // With log points after every third update.
  const overrides = { updates: 300, selection: "last" };

  test("unguarded it stops there, and guarded it is taken back as from any collapse", async () => {
    const unguarded = run("diverged, unguarded", diverging, { ...overrides, guard: false });
    await expect(unguarded).rejects.toThrow(/training stopped at update 48: the .* loss is (NaN|Infinity)/);

    const { manifest, completed } = await run("diverged", diverging, overrides);
    expect(completed).toBe(true);
    expect(manifest).toMatchObject({ status: "completed", updates: { done: 300 } });
    const [step] = manifest.steppedBack!;
    expect(step).toMatchObject({
      update: 48,
      to: 30,
      diverged: expect.stringMatching(/ loss is (NaN|Infinity)$/),
      remedy: "with half the learning rate",
    });
    expect(step).not.toHaveProperty("decibels");
    expect(sentences.find((sentence) => sentence.startsWith("after update"))).toMatch(
      /^after update 48 the .* loss is \S+: the training goes on from the state of update 30, with half the learning rate$/,
    );
    const { best, last } = manifest.validation!;
    expect(psnrOf(best) - psnrOf(last)).toBeLessThanOrEqual(0.3);
    expect((await logOf("diverged")).stepsBack()).toEqual(manifest.steppedBack);
  });

  test("a checkpoint that is due in the meantime is put off; a run that is killed there goes on as in one go", async () => {
    const crash = new Error("killed");
    const killed = run(
      "diverged, killed",
      diverging,
      overrides,
      {
        onProgress: ({ update }) => {
          if (update === 48) throw crash;
        },
      },
      { checkpointEvery: { updates: 23 } },
    );
    await expect(killed).rejects.toBe(crash);
    const { updates } = await readManifest(join(at("diverged, killed"), "manifest.json"), diverging);
    expect(updates.done).toBe(23);
    await run("diverged, killed", diverging, overrides, {}, { resume: true });
    for (const file of ["checkpoint.safetensors", "model.safetensors"]) {
      expect(tensorsOf(join(at("diverged, killed"), file)), file).toEqual(
        tensorsOf(join(at("diverged"), file)),
      );
    }
  });

  test("before the first validation there is nothing to go back to, and it stops", async () => {
    planned.psnr = [Number.NaN];
    await expect(run("diverged at once", plain)).rejects.toThrow(
      /training stopped at update 10: the PSNR of the validation images is NaN; .*state after update 0/,
    );
  });

  test("at the last update it ends with the best state", async () => {
    planned.psnr = [20, 25, 28, 29, 29, 29, 30, 29.5, 29.5, Number.NaN];
    const { manifest } = await run("diverged at the end", plain, { selection: "last" });
    expect(manifest).toMatchObject({
      kept: 70,
      status: "completed",
      steppedBack: [{ update: 100, to: 70, diverged: "the PSNR of the validation images is NaN" }],
    });
    expect(manifest.validation).toMatchObject({ last: { update: 70 } });
  });
});

describe("planned figures", () => {
  test("falls of less than 1 dB, of less than 5 among the first three, and those that the next log point does not confirm are let be", async () => {
    // After updates 10, 20, 30, 40, 50, 60, 70, 80, 81, 90 and 100.
    planned.psnr = [30, 25.1, 25.5, 29.1, 29.5, 29.02, 31, 25, 30.1, 30.5, 31];
    const { manifest } = await run("let be", plain);
    expect(planned.psnr).toEqual([]);
    expect(manifest).toMatchObject({ kept: 70, updates: { done: 100 } });
    expect(manifest.steppedBack).toBeUndefined();
  });

  test("a collapse among the first three validations is one, where it is confirmed", async () => {
    // After updates 10, 20 and 21, 30, 40 and 41, 50, 60, 70, 80, 90 and 100.
    planned.psnr = [30, 12, 20, 31, 24, 30, 31, 31, 31, 31, 31, 31];
    const { manifest } = await run("at first", plain);
    expect(planned.psnr).toEqual([]);
    expect(manifest.steppedBack).toEqual([
      { update: 21, to: 10, decibels: 10, remedy: "with half the learning rate" },
    ]);
    expect(manifest).toMatchObject({ updates: { done: 100 } });
  });

  test("after three steps back the next collapse ends the training with the best model", async () => {
    // After updates 10, 20, 30, 40 and 41, 50 and 51, 60, 70 and 71, 80 and 81.
    planned.psnr = [20, 25, 28, 20, 20, 25, 26.9, 28.5, 20, 20, 20, 20];
    const { manifest, completed } = await run("given up", plain);
    expect(completed).toBe(true);
    expect(manifest).toMatchObject({ status: "completed", kept: 60, updates: { done: 81, total: 100 } });
    expect(manifest.steppedBack).toEqual([
      { update: 41, to: 30, decibels: 8, remedy: "with half the learning rate" },
      { update: 51, to: 30, decibels: 1.1, remedy: "with half the learning rate" },
      { update: 71, to: 60, decibels: 8.5, remedy: "with half the learning rate" },
      { update: 81, to: 60, decibels: 8.5 },
    ]);
    expect(manifest.validation).toMatchObject({ best: { update: 60 }, last: { update: 60, psnr: 28.5 } });
    expect(sentences.at(-1)).toMatch(
      /worse than after update 60: the training ends with the state of update 60$/,
    );
    // It has nothing to go on with.
    const before = tensorsOf(join(at("given up"), "checkpoint.safetensors"));
    const again = await run("given up", plain, {}, {}, { resume: true });
    expect(again.manifest).toMatchObject({ status: "completed", kept: 60, updates: { done: 81 } });
    expect(tensorsOf(join(at("given up"), "checkpoint.safetensors"))).toEqual(before);
  });

  test("a method that knows of no remedy ends at its first collapse", async () => {
    planned.psnr = [20, 25, 28, 20, 20];
    const resigned = { ...plain, afterCollapse: () => undefined };
    const { manifest } = await run("resigned", resigned);
    expect(manifest).toMatchObject({
      kept: 30,
      updates: { done: 41 },
      steppedBack: [{ update: 41, to: 30 }],
    });
  });

  test("selection last: a run that is stopped keeps the last model that was accepted", async () => {
    planned.psnr = [20, 25, 28, 27.5];
    const { manifest } = await run("stopped", plain, { selection: "last" }, stopAt(45));
    expect(manifest).toMatchObject({ kept: 40, updates: { done: 45 } });
    expect(provenanceOf("stopped", plain)).toMatchObject({ updates: 40 });
  });

  test("a run that was finished early, and taken back there, goes on all the same", async () => {
    const finishing = new AbortController();
    planned.psnr = [29, 30, 31, 30.6];
    const early = await run(
      "early",
      plain,
      { selection: "last" },
      {
        finish: finishing.signal,
        onProgress: ({ update }) => update === 39 && finishing.abort(),
      },
    );
    expect(early.completed).toBe(true);
    expect(early.manifest).toMatchObject({ updates: { done: 40, total: 100 }, kept: 30 });
    expect(early.manifest.steppedBack).toEqual([{ update: 40, to: 30, decibels: 0.4, final: true }]);

    planned.psnr = [31, 31, 31, 31, 31, 31];
    const whole = await run("early", plain, { selection: "last" }, {}, { resume: true });
    expect(whole.manifest).toMatchObject({ status: "completed", updates: { done: 100 }, kept: 100 });
  });

  test("selection last: the last model is not more than 0.3 dB below the best", async () => {
    planned.psnr = [20, 25, 28, 29, 29, 29, 30, 29.5, 29.5, 29.6];
    const { manifest } = await run("last", plain, { selection: "last" });
    expect(manifest).toMatchObject({
      kept: 70,
      updates: { done: 100 },
      steppedBack: [{ update: 100, to: 70, decibels: 0.4, final: true }],
    });
    planned.psnr = [20, 25, 28, 29, 29, 29, 30, 29.5, 29.5, 29.8];
    const close = await run("close", plain, { selection: "last" });
    expect(close.manifest.kept).toBe(100);
    expect(close.manifest.steppedBack).toBeUndefined();
  });
});

describe("a method whose first 40 updates prepare what the result does not come from yet", () => {
  const preparing: TrainedMethod<FictitiousConfiguration, FictitiousState> = {
    ...plain,
    phases: (configuration) =>
      plain.phases(configuration).flatMap((phase) => [
        { ...phase, from: 0, preparing: true },
        { ...phase, from: 40 },
      ]),
  };

  test("is neither validated nor taken back in them, and its first validations are those after them", async () => {
    // After updates 50, 60, 70, 80, 90 and 100: a fall of less than 5 dB among the first three is let be.
    planned.psnr = [30, 26, 29.5, 30.5, 31, 30.9];
    const { manifest } = await run("prepared", preparing, { selection: "last" });
    expect(planned.psnr).toEqual([]);
    expect((await logOf("prepared")).figures().map(({ update }) => update)).toEqual([
      50, 60, 70, 80, 90, 100,
    ]);
    expect(manifest).toMatchObject({ kept: 100, validation: { best: { update: 90 } } });
    expect(manifest.steppedBack).toBeUndefined();
  });

  test("interrupted in them it has the network as it is, and goes on to the same end", async () => {
    const { manifest } = await run("interrupted while preparing", preparing, {}, stopAt(25));
    expect(manifest).toMatchObject({ kept: 25, updates: { done: 25 } });
    expect(manifest.validation).toMatchObject({ best: null, last: null });
    await run("interrupted while preparing", preparing, {}, {}, { resume: true });
    await run("prepared in one go", preparing);
    for (const file of ["checkpoint.safetensors", "model.safetensors"]) {
      expect(tensorsOf(join(at("interrupted while preparing"), file)), file).toEqual(
        tensorsOf(join(at("prepared in one go"), file)),
      );
    }
  });
});

test("CLIDiM with an adversarial term that grows beyond all measure goes on without it", async () => {
  const out = at("absurd");
  const overrides = {
    ...tiny,
    updates: 100,
    learningRate: 0.01,
    weights: { gan: 1e5, l1: 100, ssim: 0, tv: 0 },
    ganWarmup: 1,
    selection: "last",
  };
  const options = { method: clidim, ...data, seed: 1, validation: 0.3 };
  const { manifest } = await train({ ...options, out, overrides });
  expect(manifest.steppedBack?.[0]).toMatchObject({ remedy: "without the adversarial term" });
  const { best, last } = manifest.validation!;
  expect(psnrOf(best) - psnrOf(last)).toBeLessThanOrEqual(0.3);

  const off = await train({
    ...options,
    out: at("absurd, unguarded"),
    overrides: { ...overrides, guard: false },
  });
  const unguarded = off.manifest.validation!;
  expect(psnrOf(unguarded.best) - psnrOf(unguarded.last)).toBeGreaterThan(1);
  expect(psnrOf(last)).toBeGreaterThan(psnrOf(unguarded.last) + 1);
});

test("decibels of losses are those of their ratio; where these are not above 0 there are none", () => {
  expect(decibelsBelow({ loss: 1 }, { loss: 10 })).toBeCloseTo(10, 9);
  expect(decibelsBelow({ loss: 2 }, { loss: 1 })).toBeLessThan(0);
  expect(decibelsBelow({ loss: -1 }, { loss: 10 })).toBe(0);
  // Of a likelihood, whatever its unit: a third of it is 4.8 dB.
  for (const shift of [-3, 0, 5.3]) {
    const [best, now] = [{ loss: shift }, { loss: shift + Math.log(3) }];
    expect(decibelsBelow(best, now, { likelihood: true })).toBeCloseTo(4.771, 3);
  }
  const psnr = (value: number) => ({ psnr: value, ssim: 1 });
  expect(decibelsBelow(psnr(30), psnr(28.5))).toBeCloseTo(1.5, 9);
  expect(decibelsBelow(psnr(Infinity), psnr(Infinity))).toBe(0);
  expect(decibelsBelow(psnr(Infinity), psnr(30))).toBe(120);
});
