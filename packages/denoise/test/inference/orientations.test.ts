import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim, generatorOf } from "@clidim/clidim";
import { fitNormalization, simulateScenes } from "@clidim/imaging";
import { readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { key } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import { exportModel } from "../../src/model/modelFile.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [scene] = simulateScenes({ seed: 2, size: 40, scenes: 1, frames: 1 });
const file = at("noisy.tif");

/** The pixels of the result, and what its record says of orientations. */
async function denoised(
  out: string,
  options: { readonly model: string | readonly string[]; readonly ensemble?: boolean },
): Promise<{ readonly pixels: readonly number[]; readonly record: unknown }> {
  const asked: DenoiseFilesOptions = { methods, files: [file], out: at(out), ...options };
  const { denoised: files } = await denoiseFiles(asked);
  const { pages } = await readStack(files[0]!.output);
  const { results } = JSON.parse(readFileSync(join(at(out), "denoised.json"), "utf8"));
  return { pixels: Array.from(pages[0]!.data), record: results[0].channels[0].options.ensemble };
}

beforeAll(async () => {
  await writeImageFile(file, scene!.noisy);
  const normalization = fitNormalization(scene!.noisy);
  for (const orientations of [1, 8] as const) {
    const overrides = { downs: 3, ngf: 4, crop: 32, orientations };
    const configuration = resolveConfiguration(clidim, "laptop", overrides);
    const variables = generatorOf(configuration).init(key(11), [1, 32, 32, 1]);
    const described = { method: clidim, configuration, normalization, provenance: {} };
    writeFileSync(at(`${orientations}.safetensors`), await exportModel(variables, described));
  }
});

test("a model of eight orientations is applied so unless it is said otherwise, and the record says it", async () => {
  const [one, eight] = [at("1.safetensors"), at("8.safetensors")];
  const plain = await denoised("plain", { model: one });
  const mean = await denoised("mean", { model: one, ensemble: true });
  expect(plain.record).toBeUndefined();
  expect(mean.record).toBe(true);
  expect(mean.pixels).not.toEqual(plain.pixels);
  expect(await denoised("asked", { model: eight })).toEqual(mean);
  expect(await denoised("not", { model: eight, ensemble: false })).toEqual(plain);
  const both = await denoised("both", { model: [one, eight] });
  expect(both.record).toBe("some models");
  both.pixels.forEach((value, i) => {
    expect(Math.abs(value - (plain.pixels[i]! + mean.pixels[i]!) / 2)).toBeLessThanOrEqual(1);
  });
});
