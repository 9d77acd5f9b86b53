import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { castImage, simulateScenes } from "@clidim/imaging";
import { unfinishedPath, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";

const folder = temporaryFolder();

test("a result that a killed call had moved out of the way is there for the next one to leave out", async () => {
  const input = join(folder, "cells.ome.zarr");
  const [scene] = simulateScenes({ seed: 3, size: 40, scenes: 1, frames: 1 });
  await writeImageFile(input, [castImage(scene!.noisy[0]!, "uint16")]);
  const denoise = (out: string) =>
    denoiseFiles({ method: methods.classicalNamed("gaussian"), files: [input], out, skipExisting: true });
  await denoise(join(folder, "made"));
  // In a folder where this process has not written: a call that was killed between the two renames.
  const out = join(folder, "out");
  mkdirSync(out);
  for (const entry of readdirSync(join(folder, "made"))) {
    renameSync(join(folder, "made", entry), join(out, entry));
  }
  const digits = (pid: number): string => pid.toString(16).padStart(8, "0");
  const { pid: ended } = spawnSync(process.execPath, ["-e", ""]);
  const result = join(out, basename(input));
  const aside = unfinishedPath(result)
    .replace(digits(process.pid), digits(ended!))
    .replace(/part$/, "old.part");
  mkdirSync(aside);
  renameSync(result, join(aside, basename(result)));
  const { skipped, denoised } = await denoise(out);
  expect({ skipped, denoised }).toEqual({ skipped: [{ input, output: result }], denoised: [] });
  expect(readdirSync(out)).toEqual(["cells.ome.zarr", "denoised.json"]);
});
