import { join } from "node:path";
import { simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { train } from "../../src/training/train.js";

const folder = temporaryFolder();

test("pages in depth are trained towards second captures of them, whatever axis other captures lie along", async () => {
  const depths = simulateScenes({ seed: 1, size: 48, scenes: 3, frames: 2 });
  const [noisy, second] = [join(folder, "first.tif"), join(folder, "second.tif")];
  for (const [frame, path] of [noisy, second].entries()) {
    const pages = depths.map((depth) => depth.noisy[frame]!);
    await writeImageFile(path, pages, { axes: ["Z", "Y", "X"], shape: [3, 48, 48] });
  }
  const { completed, manifest } = await train({
    ...{ method: methods.trainedNamed("noise2noise"), noisy: [noisy], second: [second], captures: ["Z"] },
    ...{ overrides: { updates: 1, batch: 1, crop: 32, depth: 1, filters: 2 }, validation: 0.34 },
    out: join(folder, "run"),
  });
  expect(completed).toBe(true);
  expect(manifest.data.split).toMatchObject({ kind: "captures", training: [{ pages: 2 }, { pages: 2 }] });
});
