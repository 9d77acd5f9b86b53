import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { methods } from "@clidim/methods";
import { Device, setDefaultDevice } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { readManifest } from "../../src/training/manifest.js";
import { train } from "../../src/training/train.js";
import { type TinyData, tensorsOf, tiny, writeTinyData } from "./tinyData.js";

const folder = temporaryFolder();
const whole = join(folder, "whole");
let data: TinyData;
let device: Device;

const opened: Device[] = [];

/** From now on the one that everything runs on. */
async function openAnother(): Promise<Device> {
  const another = await Device.open();
  opened.push(another);
  setDefaultDevice(another);
  return another;
}

/** As where the driver is reset, or the GPU is taken away. */
const lose = (): void => device.gpu.destroy();

afterAll(() => {
  for (const one of opened) one.destroy();
});

beforeEach(async () => {
  device = await openAnother();
});

beforeAll(async () => {
  data = await writeTinyData(join(folder, "data"));
  await openAnother();
  await train({ method: clidim, ...data, out: whole, overrides: tiny, seed: 5 });
});

test("a training whose device is lost says so, keeps its last checkpoint, and ends the same on another device", async () => {
  const out = join(folder, "lost");
  const options = { method: clidim, ...data, out, overrides: tiny, seed: 5 };
  const run = train(
    { ...options, checkpointEvery: { updates: 2 } },
    {
      onProgress: ({ update }) => {
        if (update === 4) lose();
      },
    },
  );
  await expect(run).rejects.toMatchObject({ name: "DeviceError", kind: "lost" });
  await expect(run).rejects.toThrow(
    /^Device: lost \(destroyed\): .*; open a new device and start from the last checkpoint$/,
  );
  const { status, updates } = await readManifest(join(out, "manifest.json"), clidim);
  expect([status, updates.done]).toEqual(["failed", 2]);
  // No lock and nothing unfinished.
  expect(readdirSync(out).filter((name) => name.startsWith("."))).toEqual([]);

  await openAnother();
  expect((await train({ ...options, resume: true })).completed).toBe(true);
  for (const name of ["checkpoint.safetensors", "model.safetensors"]) {
    expect(tensorsOf(join(out, name)), name).toEqual(tensorsOf(join(whole, name)));
  }
});

test("denoising whose device is lost keeps the results that there are, and nothing of the one that there is not", async () => {
  const [out, expected] = [join(folder, "denoised"), join(folder, "expected")];
  const options = { methods, model: whole, files: data.noisy };
  await denoiseFiles({ ...options, out: expected });
  const names = readdirSync(expected).filter((name) => name.endsWith(".tif"));
  const run = denoiseFiles(
    { ...options, out },
    {
      onProgress: ({ file }) => {
        if (file === data.noisy[1]) lose();
      },
    },
  );
  await expect(run).rejects.toThrow(/^Device: lost \(destroyed\)/);
  const kept = readdirSync(out).filter((name) => name !== "denoised.json");
  expect(kept.length).toBeLessThan(names.length);
  for (const name of kept)
    expect(readFileSync(join(out, name)).equals(readFileSync(join(expected, name))), name).toBe(true);
});
