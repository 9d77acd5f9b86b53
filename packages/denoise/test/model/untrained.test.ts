import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { fitNormalization, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { resolveConfiguration } from "../../src/configuration/configuration.js";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import { exportModel } from "../../src/model/modelFile.js";
import { untrained } from "../../src/model/untrained.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

test("a model whose training was stopped before the first update is told of, and no other", async () => {
  const [scene] = simulateScenes({ seed: 1, size: 64, scenes: 1, frames: 1 });
  await writeImageFile(at("noisy.tif"), scene!.noisy);
  const configuration = resolveConfiguration(clidim, "laptop", { ngf: 2, updates: 30 });
  const method = methods.trainedNamed("clidim");
  const normalization = fitNormalization(scene!.noisy, { mode: "minmax" });
  for (const updates of [0, 1]) {
    const description = { method, configuration, normalization, provenance: { updates } };
    writeFileSync(at("model.safetensors"), await exportModel(clidim.template(configuration), description));
    const said: string[] = [];
    await denoiseFiles(
      { methods, model: at("model.safetensors"), files: [at("noisy.tif")], out: at(`out${updates}`) },
      { onWarning: (sentence) => said.push(sentence) },
    );
    const told = `${at("model.safetensors")} was trained for 0 of 30 updates, so that its network has learnt nothing; go on with its training first`;
    expect(said.includes(told)).toBe(updates === 0);
  }
});

test("so is one whose training was stopped while it trained the encoder alone", () => {
  const method = methods.trainedNamed("clidim");
  const contrastive = { mode: "pretrain", pretrainUpdates: 20 };
  const configuration = resolveConfiguration(clidim, "laptop", { ngf: 2, updates: 30, contrastive });
  const told = (updates: unknown) => untrained("model", { method, configuration, provenance: { updates } });
  expect(told(20)).toBe(
    "model was trained for 20 of 30 updates, of which the first 20 prepare its network alone, so that it cannot denoise yet; go on with its training first",
  );
  expect(told(21)).toBeUndefined();
  expect(told(undefined)).toBeUndefined();
});
