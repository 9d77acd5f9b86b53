import * as nodeFiles from "node:fs/promises";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportModel } from "@clidim/denoise";
import { exportBioimageModel } from "@clidim/export";
import { methods } from "@clidim/methods";
import { Device, DeviceError, defaultDevice } from "@clidim/tensor";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, it, vi } from "vitest";
import { computer, machine } from "../../packages/app/src/worker/device.js";
import { exportedModel } from "../../packages/app/src/worker/models/exportedModel.js";
import { keepModel } from "../../packages/app/src/worker/models/modelPath.js";
import { modelOf } from "../export/modelOf.js";
import { doubleOfGpu } from "./doubleOfGpu.js";

const folder = temporaryFolder();

vi.mock("../../packages/app/src/worker/node/fsPromises.js", () => nodeFiles);
vi.mock("@clidim/export", async (original) => ({
  ...(await original<typeof import("@clidim/export")>()),
  exportBioimageModel: vi.fn(),
}));

it("a model is saved as an archive though the GPU was lost before, or is meanwhile", async () => {
  vi.stubGlobal("navigator", {});
  await machine("processor");
  await computer();
  const { variables, ...described } = await modelOf(methods.trainedNamed("noise2void"));
  const path = join(folder, "model.safetensors");
  await writeFile(path, await exportModel(variables, { ...described, provenance: {} }));
  keepModel("model", { path, called: "model.safetensors" });

  const gpus = ["lost before", "lost meanwhile", "there"].map(doubleOfGpu);
  const open = vi.spyOn(Device, "open");
  for (const { device } of gpus) open.mockResolvedValueOnce(device);
  await machine("webgpu");
  await gpus[0]!.lose();
  const used: unknown[] = [];
  vi.mocked(exportBioimageModel).mockImplementation(async () => {
    used.push(await defaultDevice());
    if (used.length > 1) return { bytes: new Uint8Array(7) } as never; // as far as it is looked at
    await gpus[1]!.lose();
    throw new DeviceError("lost", "lost (unknown): no reason given");
  });
  const about = { name: "A model", author: "Ada", license: "MIT" };
  const { name, blob } = await exportedModel({ model: "model" }, "bmz", { about });
  expect([name, blob.size]).toEqual(["model.zip", 7]);
  expect(used).toEqual([gpus[1]!.device, gpus[2]!.device]);
});
