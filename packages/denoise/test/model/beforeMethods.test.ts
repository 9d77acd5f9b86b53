import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clidim } from "@clidim/clidim";
import { readStack } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { readSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { adapterRecord } from "../../src/machine/adapter.js";
import { openDevice } from "../../src/machine/openDevice.js";
import { writeDescribed } from "../../src/model/describedSafetensors.js";
import { loadModel } from "../../src/model/loadModel.js";
import { readManifest } from "../../src/training/manifest.js";
import { train } from "../../src/training/train.js";
import { tensorsOf } from "../training/tinyData.js";

/** See its README. */
const before = fileURLToPath(new URL("beforeMethods", import.meta.url));
const ofScenes = (kind: string): string[] =>
  ["scene00", "scene01", "scene02"].map((scene) => join(before, "data", `${scene}-${kind}.tif`));
const folder = temporaryFolder();

test("files that name no method are of CLIDiM", async () => {
  for (const file of [
    "stopped/model.safetensors",
    "stopped/checkpoint.safetensors",
    "stopped/manifest.json",
  ]) {
    expect(readFileSync(join(before, file), "latin1"), file).not.toMatch(/clidim@/);
  }
  expect(await loadModel(join(before, "whole/model.safetensors"), methods)).toMatchObject({
    method: { name: "clidim", version: 1 },
    configuration: { preset: "laptop", ngf: 2, downs: 2 },
  });
  expect(await readManifest(join(before, "stopped/manifest.json"), clidim)).toMatchObject({
    method: "clidim@1",
    updates: { done: 13, total: 20 },
  });
});

test("a model of before denoises as it did", async () => {
  const [noisy, out] = [ofScenes("noisy")[2]!, join(folder, "denoised")];
  await denoiseFiles({ methods, model: join(before, "whole/model.safetensors"), files: [noisy], out });
  const [then, now] = [
    await readStack(join(before, "denoised/scene02-noisy.tif")),
    await readStack(join(out, "scene02-noisy.tif")),
  ];
  expect(now.pages).toHaveLength(then.pages.length);
  for (const [i, { data }] of then.pages.entries()) {
    // Another adapter may round to the next grey value.
    const errors = Array.from(data, (value, k) => Math.abs(value - now.pages[i]!.data[k]!));
    expect(Math.max(...errors)).toBeLessThanOrEqual(1);
  }
});

/** What was done then. */
const run = {
  method: clidim,
  noisy: ofScenes("noisy"),
  clean: ofScenes("clean"),
  preset: "laptop",
  overrides: {
    updates: 20,
    // As presets had it then.
    selection: "validation",
    batch: 2,
    crop: 32,
    ngf: 2,
    ndf: 2,
    downs: 2,
    emaDecay: 0,
    r1: 0,
    r1Interval: 1,
    guard: false,
    calibrateFlux: false,
  },
  seed: 3,
  validation: 0.3,
  resume: true,
};

test("a checkpoint after more updates than the run has is damaged", async () => {
  const out = join(folder, "absurd");
  cpSync(join(before, "stopped"), out, { recursive: true });
  const file = join(out, "checkpoint.safetensors");
  const { tensors, metadata } = readSafetensors(readFileSync(file));
  for (const [update, sentence] of [
    [
      "9000000000",
      /checkpoint\.safetensors: says that it was made after update 9000000000, expected at most 20/,
    ],
    ["-3", /checkpoint\.safetensors: does not say after how many updates it was made/],
  ] as const) {
    writeFileSync(file, writeDescribed(tensors, { ...metadata, update }));
    await expect(train({ ...run, out })).rejects.toThrow(sentence);
  }
});

test("a run of before goes on and ends as it did", async () => {
  const out = join(folder, "stopped");
  cpSync(join(before, "stopped"), out, { recursive: true });
  const { manifest } = await train({ ...run, out });
  expect(manifest).toMatchObject({ status: "completed", updates: { done: 20, total: 20 } });
  const { adapter } = await readManifest(join(before, "stopped/manifest.json"), clidim);
  const sameAdapter = adapterRecord(await openDevice()).device === adapter.device;
  for (const file of ["model.safetensors", "checkpoint.safetensors"]) {
    const [then, now] = [tensorsOf(join(before, "whole", file)), tensorsOf(join(out, file))];
    if (sameAdapter) {
      expect(now, file).toEqual(then);
      continue;
    }
    expect(Object.keys(now), file).toEqual(Object.keys(then));
    for (const [name, { data }] of Object.entries(then)) {
      const largest = Math.max(...Array.from(data, Math.abs), 1e-3);
      const errors = Array.from(data, (value, k) => Math.abs(value - Number(now[name]!.data[k])) / largest);
      expect(Math.max(...errors), `${file}: ${name}`).toBeLessThan(0.02);
    }
  }
});
