import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { methods } from "@clidim/methods";
import { tensor } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test, vi } from "vitest";
import { importModel } from "../../src/model/modelFile.js";
import { readManifest } from "../../src/training/manifest.js";
import { MetricsLog } from "../../src/training/metricsLog.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import { fictitious } from "../protocol/fictitious.js";
import { tiny, writeTinyData } from "./tinyData.js";

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
let options: Omit<TrainOptions, "out">;

beforeAll(async () => {
  const data = await writeTinyData(join(folder, "data"));
  options = {
    method: clidim,
    ...data,
    overrides: { ...tiny, updates: 40, selection: "validation" },
    seed: 1,
  };
});

async function expectKept(out: string, update: number): Promise<void> {
  const manifest = await readManifest(join(out, "manifest.json"), clidim);
  expect(manifest.status).toBe("failed");
  expect(manifest.kept).toBe(update);
  expect(importModel(readFileSync(join(out, "model.safetensors")), methods).provenance.updates).toBe(update);
}

test("validation figures that are no numbers stop the run, and are neither chosen nor logged", async () => {
  const out = join(folder, "diverged");
  planned.psnr = [20, Number.NaN];
  // A guarded one would be taken back.
  const overrides = { ...options.overrides, guard: false };
  await expect(train({ ...options, overrides, out })).rejects.toThrow(
    /training stopped at update 20: the PSNR of the validation images is NaN; .*state after update 0, before that/,
  );
  await expectKept(out, 10);
  const log = await MetricsLog.resume(join(out, "metrics.jsonl"), 40);
  expect(log.figures()).toMatchObject([{ update: 10, psnr: 20 }]);
});

test("a failure between checkpoints leaves the best model so far and a manifest that names it; the run goes on", async () => {
  const out = join(folder, "failed");
  planned.psnr = [20, 30, 10];
  const crash = new Error("the listener fails");
  const run = train(
    { ...options, out, checkpointEvery: { updates: 15 } },
    {
      onProgress: ({ update }) => {
        if (update === 29) throw crash;
      },
    },
  );
  await expect(run).rejects.toBe(crash);
  await expectKept(out, 20);
  expect((await readManifest(join(out, "manifest.json"), clidim)).updates.done).toBe(15);

  // Stopped before it comes to the best model again, which is later than the checkpoint: it stays.
  for (const session of [2, 3]) {
    const controller = new AbortController();
    const stopped = await train(
      { ...options, out, resume: true },
      { signal: controller.signal, onStart: () => controller.abort() },
    );
    expect(stopped.manifest).toMatchObject({
      status: "interrupted",
      kept: 20,
      updates: { done: 15 },
      timings: { sessions: session },
    });
    const { updates } = importModel(readFileSync(join(out, "model.safetensors")), methods).provenance;
    expect(updates).toBe(20);
  }

  planned.psnr = [30, 10, 10];
  const resumed = await train({ ...options, out, resume: true });
  expect(resumed.manifest).toMatchObject({ status: "completed", kept: 20 });
});

test("the PSNR of equal images is infinite: the best there can be, and the run goes on", async () => {
  const out = join(folder, "equal");
  // A guarded one would be taken back, as anything is below.
  const overrides = { ...options.overrides, guard: false };
  planned.psnr = [20, Number.POSITIVE_INFINITY];
  const controller = new AbortController();
  const onProgress = ({ update }: { readonly update: number }): void => {
    if (update === 25) controller.abort();
  };
  await train({ ...options, overrides, out }, { signal: controller.signal, onProgress });
  const stopped = await readManifest(join(out, "manifest.json"), clidim);
  expect(stopped).toMatchObject({
    status: "interrupted",
    validation: { best: { psnr: Infinity, update: 20 } },
  });

  planned.psnr = [30, 40];
  const { manifest } = await train({ ...options, overrides, out, resume: true });
  expect(manifest).toMatchObject({ status: "completed", kept: 20, validation: { last: { psnr: 40 } } });
  const log = await MetricsLog.resume(join(out, "metrics.jsonl"), 40);
  expect(log.figures().map((figures) => "psnr" in figures && figures.psnr)).toEqual([20, Infinity, 30, 40]);
});

test.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])(
  "a loss of the noisy images held out that is %d stops the run, which can be gone on with",
  async (value) => {
    const out = join(folder, `loss-${value}`);
    const method = fictitious("none");
    const held = () => () => ({ loss: tensor(value), pixels: tensor(1) });
    const run: TrainOptions = {
      method: { ...method, held },
      noisy: options.noisy,
      out,
      overrides: { updates: 20 },
    };
    await expect(train(run)).rejects.toThrow(
      new RegExp(`training stopped at update 10: the loss of the validation images is ${value}; `),
    );
    const { manifest } = await train({ ...run, method, resume: true });
    expect(manifest).toMatchObject({
      status: "completed",
      validation: { last: { loss: expect.any(Number) } },
    });
  },
);
