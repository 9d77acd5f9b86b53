import { existsSync } from "node:fs";
import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { readManifest } from "../../src/training/manifest.js";
import { MetricsLog } from "../../src/training/metricsLog.js";
import { type TrainOptions, train } from "../../src/training/train.js";

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
const method = methods.trainedNamed("noise2void");
const small = { filters: 1, batch: 2, updates: 12, split: "regions" };

beforeAll(async () => {
  const [scene] = simulateScenes({ seed: 2, size: 192, scenes: 1, frames: 1 });
  const { data } = scene!.noisy[0]!;
  for (const [name, width] of [
    ["wide.tif", 160],
    ["narrow.tif", 64],
  ] as const) {
    const rows = Array.from({ length: 192 }, (_, y) => data.subarray(y * 192, y * 192 + width));
    const pixels = Float32Array.from(rows.flatMap((row) => [...row]));
    await writeImageFile(at(name), [{ width, height: 192, data: pixels, dtype: "float32" }]);
  }
});

const runOf = (name: string, out: string, overrides: TrainOptions["overrides"], seed = 0): TrainOptions => ({
  method,
  noisy: [at(name)],
  out: at(out),
  overrides: { ...small, ...overrides },
  seed,
});

test("a strip that is narrower than what the network takes is validated on", async () => {
  // 19 rows, of which 2^5 go through the network.
  const run = runOf("wide.tif", "strip", { depth: 5, crop: 32 });
  const { manifest } = await train(run);
  expect(manifest).toMatchObject({ status: "completed", data: { split: { kind: "regions" } } });
  const log = await MetricsLog.resume(at("strip", "metrics.jsonl"), 12);
  expect(log.figures().map(({ update }) => update)).toEqual([10, 12]);
  for (const figures of log.figures()) expect("loss" in figures && figures.loss).toBeGreaterThan(0);
});

test("images held out that the method does not look at are refused before anything is written, whatever is drawn", async () => {
  // One box of 64 x 64 pixels, of which 20 rows are there: the spot is among these or it is not.
  const seen = new Set<string>();
  for (const seed of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const out = `spots-${seed}`;
    const run = runOf("narrow.tif", out, { depth: 2, crop: 64, maskedPercent: 0.0245 }, seed);
    try {
      await train(run);
      const { validation } = await readManifest(at(out, "manifest.json"), method);
      expect(validation?.last).toMatchObject({ loss: expect.any(Number) });
      expect(validation?.last).not.toMatchObject({ loss: 0 });
      seen.add("trained");
    } catch (error) {
      expect(String(error)).toMatch(
        /Noise2Void looks at no pixel of the images held out \(.*narrow\.tif, 64 x 19 pixels\), so that it cannot choose a model/,
      );
      expect(existsSync(at(out))).toBe(false);
      seen.add("refused");
    }
  }
  expect([...seen].toSorted()).toEqual(["refused", "trained"]);
});
