import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Normalization } from "@clidim/imaging";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { loadModelInFile } from "../../src/model/loadModel.js";
import { exportModel } from "../../src/model/modelFile.js";
import { methodRegistry } from "../../src/protocol/registry.js";
import { fictitious } from "../protocol/fictitious.js";

const folder = temporaryFolder();

test("the checksum is that of the bytes that were read, though a training replaces the file meanwhile", async () => {
  const method = fictitious("clean");
  const configuration = resolveConfiguration(method, "plain");
  const normalization: Normalization = {
    ...{ mode: "standard", low: -4, high: 12, lowPercent: 0.1, highPercent: 99.9 },
    ...{ bound: 2, centre: 1 },
  };
  const file = join(folder, "model.safetensors");
  const write = async (seed: number): Promise<void> => {
    const variables = method.variables(method.init(configuration, seed).state);
    const described = { method, configuration, normalization, provenance: { seed } };
    writeFileSync(file, await exportModel(variables, described));
  };
  await write(1);
  const first = readFileSync(file);
  const { model, file: hash } = await loadModelInFile(folder, methodRegistry([method]), async () => {
    await write(2);
    return undefined;
  });
  expect(readFileSync(file)).not.toEqual(first);
  expect(model.provenance).toEqual({ seed: 1 });
  const sha256 = createHash("sha256").update(first).digest("hex");
  expect(hash).toEqual({ path: file, bytes: first.length, sha256 });
});

test("a model whose configuration is no longer trained by is read, one with a bad value is not", async () => {
  const method = fictitious("clean");
  expect(() => resolveConfiguration(method, "plain", { crop: 18 })).toThrow(
    "crop is 18; allowed: a multiple of 4",
  );
  const normalization: Normalization = {
    ...{ mode: "standard", low: -4, high: 12, lowPercent: 0.1, highPercent: 99.9 },
    ...{ bound: 2, centre: 1 },
  };
  const load = async (changes: { readonly crop?: number; readonly kernel?: number }) => {
    const configuration = { ...resolveConfiguration(method, "plain"), ...changes };
    const variables = method.variables(method.init(resolveConfiguration(method, "plain"), 1).state);
    const described = { method, configuration, normalization, provenance: {} };
    writeFileSync(join(folder, "model.safetensors"), await exportModel(variables, described));
    return (await loadModelInFile(folder, methodRegistry([method]))).model.configuration.crop;
  };
  expect(await load({ crop: 18 })).toBe(18);
  await expect(load({ kernel: 0.5 })).rejects.toThrow("kernel is 0.5; allowed: ");
});
