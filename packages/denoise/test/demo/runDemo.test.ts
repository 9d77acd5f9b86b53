import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { gaussian } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { runDemo } from "../../src/demo/runDemo.js";
import { tiny } from "../training/tinyData.js";

const folder = temporaryFolder();
const small = {
  method: clidim,
  classical: [gaussian],
  baselines: [gaussian],
  overrides: { ...tiny, updates: 2 },
  size: 48,
  scenes: 4,
};

test("goes all the way on fields that were not trained on, and again in the same folder", async () => {
  const out = join(folder, "demo");
  const phases: string[] = [];
  const result = await runDemo({ ...small, out }, { onPhase: (sentence) => phases.push(sentence) });
  expect(phases.map((sentence) => sentence.split(" ")[0])).toEqual(["Simulating", "Training", "Denoising"]);
  const trainedOn = result.training.manifest.data.noisy.map(({ name }) => name);
  expect(trainedOn).toEqual([0, 1].map((i) => join(out, "noisy", `scene0${i}.tif`)));
  expect(result.evaluation.pages.map(({ file }) => file)).toEqual(
    [2, 2, 2, 2, 3, 3, 3, 3].map((i) => join(out, "denoised", `scene0${i}.tif`)),
  );
  expect(result.evaluation.baselines![0]!.gain).toBeGreaterThan(0);
  const picture = readFileSync(result.picture);
  // PNG header: width of three panels and two separators, and height.
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([3 * 48 + 2 * 4, 48]);

  await runDemo({ ...small, out, seed: 1 });
  expect(readFileSync(result.picture)).not.toEqual(picture);

  // A picture of the user's own among the demo's, and a note beside its model.
  for (const own of [join("noisy", "mine.tif"), join("model", "note.txt")]) {
    writeFileSync(join(out, own), "mine");
    await expect(runDemo({ ...small, out })).rejects.toThrow(
      /the demo did not write \((noisy.mine\.tif|model.note\.txt)\)/,
    );
    expect(readFileSync(join(out, own), "utf8")).toBe("mine");
    rmSync(join(out, own));
  }
});

test("refuses a folder with anything else in it", async () => {
  const out = join(folder, "work");
  mkdirSync(join(out, "noisy"), { recursive: true });
  writeFileSync(join(out, "noisy", "precious.tif"), "");
  await expect(runDemo({ ...small, out })).rejects.toThrow(/something that the demo did not write \(noisy\)/);
  expect(readdirSync(join(out, "noisy"))).toEqual(["precious.tif"]);
});

test("stops where it is told to", async () => {
  const out = join(folder, "stopped");
  const controller = new AbortController();
  const reason = new Error("stop");
  const run = runDemo(
    { ...small, out },
    { signal: controller.signal, onProgress: () => controller.abort(reason) },
  );
  await expect(run).rejects.toBe(reason);
  expect(existsSync(join(out, "model", "checkpoint.safetensors"))).toBe(true);
  expect(existsSync(join(out, "denoised"))).toBe(false);
});
