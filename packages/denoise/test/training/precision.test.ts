import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { InputError } from "@clidim/imaging";
import { methods } from "@clidim/methods";
import { type Device, defaultDevice, readSafetensors } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { checkPrecision } from "../../src/machine/checkPrecision.js";
import { halfSelfTest } from "../../src/machine/selfTest.js";
import { writeDescribed } from "../../src/model/describedSafetensors.js";
import { type TrainOptions, train } from "../../src/training/train.js";
import { tensorsOf, tiny, writeTinyData } from "./tinyData.js";

const folder = temporaryFolder();
let options: Omit<TrainOptions, "out">;

interface Line {
  readonly update: number;
  readonly losses: Readonly<Record<string, number | null>>;
  readonly lossScale?: { readonly scale: number; readonly skipped: number };
}

const linesOf = (out: string): Line[] =>
  readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

// The gradients of so small a network overflow at first: the first few updates find the scale.
const mixed = { ...tiny, updates: 14, precision: "mixed" };

beforeAll(async () => {
  options = { method: clidim, ...(await writeTinyData(join(folder, "data"))), overrides: mixed, seed: 3 };
});

test("a run with precision mixed logs its loss scale, goes on bit for bit after an interruption, and makes a model that denoises", async () => {
  const [whole, interrupted] = [join(folder, "whole"), join(folder, "interrupted")];
  await train({ ...options, out: whole });
  const lines = linesOf(whole);
  expect(lines).toHaveLength(14);
  for (const { lossScale } of lines) {
    // It only falls in so short a run, once per update in which a network was skipped.
    expect(lossScale!.scale).toBe(65536 / 2 ** lossScale!.skipped);
  }
  // With a line per update, one whose update was skipped has no losses.
  for (const [i, { losses, lossScale }] of lines.entries()) {
    const skipped = lossScale!.skipped - (lines[i - 1]?.lossScale?.skipped ?? 0);
    expect(Object.keys(losses).length === 0, `line ${i}`).toBe(skipped === 1);
    for (const loss of Object.values(losses)) expect(loss).toBeTypeOf("number");
  }
  expect(lines.at(-1)!.lossScale!.skipped).toBe(lines.at(-2)!.lossScale!.skipped);

  const controller = new AbortController();
  await train(
    { ...options, out: interrupted },
    { signal: controller.signal, onProgress: ({ update }) => update === 3 && controller.abort() },
  );
  const resumed = await train({ ...options, out: interrupted, resume: true });
  expect(resumed.completed).toBe(true);
  const names = Object.keys(tensorsOf(join(whole, "checkpoint.safetensors")));
  expect(names).toEqual(expect.arrayContaining(["lossScale.scale", "lossScale.skipped", "lossScale.steady"]));
  for (const name of ["checkpoint.safetensors", "model.safetensors"]) {
    expect(tensorsOf(join(interrupted, name)), name).toEqual(tensorsOf(join(whole, name)));
  }
  expect(linesOf(interrupted).map(({ lossScale }) => lossScale)).toEqual(
    lines.map(({ lossScale }) => lossScale),
  );

  const out = join(folder, "denoised");
  const { denoised } = await denoiseFiles({ methods, files: [options.noisy[0]!], model: whole, out });
  expect(denoised).toMatchObject([{ pages: 2 }]);
  await expect(train({ ...options, out: whole, overrides: tiny, resume: true })).rejects.toThrow(/precision/);
});

test("a run in which every update overflows stops, however small the loss scale", async () => {
  const out = join(folder, "overflowing");
  const run = { ...options, out, overrides: { ...mixed, updates: 90, selection: "last" }, validation: 0 };
  const controller = new AbortController();
  await train(run, { signal: controller.signal, onProgress: () => controller.abort() });
  // Weights whose products are beyond the largest half.
  const checkpoint = join(out, "checkpoint.safetensors");
  const { tensors, metadata } = readSafetensors(readFileSync(checkpoint));
  for (const [name, { data }] of Object.entries(tensors)) {
    if (!/^generator\.params\..*weight$/.test(name)) continue;
    for (const i of data.keys()) data[i]! *= 1e7;
  }
  writeFileSync(checkpoint, writeDescribed(tensors, metadata));
  await expect(train({ ...run, resume: true })).rejects.toThrow(
    /training stopped at update \d+: every update overflows, at a loss scale of \S+ too \(precision float32 has a larger range\); /,
  );
  expect(linesOf(out).at(-1)!.lossScale!.scale).toBe(2 ** -14);
});

test("runs in float32 do not carry a loss scale", async () => {
  const out = join(folder, "float32");
  await train({ ...options, overrides: { ...tiny, updates: 1 }, out });
  expect(linesOf(out)[0]).not.toHaveProperty("lossScale");
  expect(
    Object.keys(tensorsOf(join(out, "checkpoint.safetensors"))).filter((name) =>
      name.startsWith("lossScale"),
    ),
  ).toEqual([]);
});

test("what cannot be done with halves is said before anything is trained", async () => {
  await expect(
    train({ ...options, out: join(folder, "wrong"), overrides: { precision: "half" } }),
  ).rejects.toThrow(/precision is "half"; allowed: float32, mixed/);
  const device = await defaultDevice();
  await expect(checkPrecision(device, { precision: "mixed" })).resolves.toBeUndefined();
  const results = await halfSelfTest(device);
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
  expect(results.map(({ name }) => name)).toContain("f16 overflow");

  const without = {
    toString: () => "Adapter X",
    traits: { features: new Set<string>() },
  } as unknown as Device; // all that is looked at
  await expect(checkPrecision(without, { precision: "mixed" })).rejects.toThrow(
    new InputError(
      "precision is mixed, which needs an adapter with the feature shader-f16, and Adapter X has none; train with precision float32",
      { keys: ["precision"] },
    ),
  );
  await expect(checkPrecision(without, { precision: "float32" })).resolves.toBeUndefined();

  const write = device.write.bind(device);
  device.write = (place, data, dtype) =>
    write(place, dtype === "f32" ? data.map((value) => value * 1.01) : data, dtype);
  try {
    await expect(checkPrecision(device, { precision: "mixed" })).rejects.toThrow(
      /precision is mixed, but .* computes wrongly with halves \(self-test .*f16 conv2d.*\); update its driver, or train with/,
    );
  } finally {
    device.write = write;
  }
});
