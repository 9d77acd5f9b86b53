import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { denoiseFiles, loadModel, train } from "@clidim/denoise/node";
import { simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { methods } from "../../src/registry.js";

const folder = temporaryFolder();
const at = (...parts: string[]): string => join(folder, ...parts);

test("a model trained with the loss laplace is calibrated, and its uncertainty is written", async () => {
  mkdirSync(at("data"));
  const noisy: string[] = [];
  const clean: string[] = [];
  for (const scene of simulateScenes({ seed: 4, size: 64, scenes: 4, frames: 1 })) {
    noisy.push(at("data", `${scene.name}-noisy.tif`));
    clean.push(at("data", `${scene.name}-clean.tif`));
    await writeImageFile(noisy.at(-1)!, scene.noisy);
    await writeImageFile(clean.at(-1)!, [scene.clean]);
  }
  const { manifest } = await train({
    ...{ method: methods.trainedNamed("care"), noisy: noisy.slice(0, 3), clean: clean.slice(0, 3) },
    ...{ out: at("run"), validation: 0.3, preset: "probabilistic" },
    overrides: { crop: 32, batch: 4, filters: 4, kernel: 3, updates: 60, learningRate: 5e-3 },
  });
  expect(manifest.uncertainty?.coverage.withinTwo).toBeGreaterThan(0.5);
  const { uncertainty } = await loadModel(at("run"), methods);
  expect(uncertainty).toMatchObject({ passes: 8, pages: 1 });
  const run = { methods, model: at("run"), files: [noisy[3]!] };
  const { denoised } = await denoiseFiles({ ...run, out: at("with"), uncertainty: 2 });
  const plain = await denoiseFiles({ ...run, out: at("without") });
  const pagesOf = async (path: string) => (await readStack(path)).pages.map(({ data }) => Array.from(data));
  const [map] = await pagesOf(denoised[0]!.uncertainty!);
  expect(map!.every((value) => value > 0)).toBe(true);
  expect(new Set(map).size).toBeGreaterThan(100);
  expect(await pagesOf(denoised[0]!.output)).toEqual(await pagesOf(plain.denoised[0]!.output));
});
