import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { train } from "../../src/training/train.js";
import { tensorsOf, tiny, writeTinyData } from "./tinyData.js";

const folder = temporaryFolder();

test("noise that is drawn in training is the same after an interruption, and another with another seed", async () => {
  const data = await writeTinyData(join(folder, "data"));
  const overrides = { ...tiny, noiseAugment: 3, simulatedNoise: 0.5 };
  const options = { method: clidim, preset: "laptop", ...data, overrides, seed: 3 };
  const at = (name: string): string => join(folder, name);
  const model = (name: string) => tensorsOf(join(at(name), "model.safetensors"));
  await train({ ...options, out: at("whole") });
  const controller = new AbortController();
  const stopped = await train(
    { ...options, out: at("stopped") },
    { signal: controller.signal, onProgress: ({ update }) => update === 3 && controller.abort() },
  );
  expect(stopped.completed).toBe(false);
  await train({ ...options, out: at("stopped"), resume: true });
  expect(model("stopped")).toEqual(model("whole"));
  await train({ ...options, overrides: { ...overrides, noiseAugment: 2 }, out: at("other") });
  expect(model("other")).not.toEqual(model("whole"));
  // Pages that are read as they are needed tell the same noise.
  await train({ ...options, out: at("streamed"), residentBytes: 0 });
  expect(model("streamed")).toEqual(model("whole"));
});
