import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test, vi } from "vitest";
import { importModel } from "../../src/model/modelFile.js";
import { readManifest } from "../../src/training/manifest.js";
import { MetricsLog } from "../../src/training/metricsLog.js";
import { type TrainOptions, train } from "../../src/training/train.js";
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
  await expect(train({ ...options, out })).rejects.toThrow(
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

  planned.psnr = [30, 10, 10];
  const resumed = await train({ ...options, out, resume: true });
  expect(resumed.manifest).toMatchObject({ status: "completed", kept: 20 });
});
