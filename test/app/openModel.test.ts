import { exportModel } from "@clidim/denoise";
import { methods } from "@clidim/methods";
import { setDefaultDevice } from "@clidim/tensor";
import { WasmExecutor } from "@clidim/tensor/wasm";
import { describe, expect, it, vi } from "vitest";
import { openModel } from "../../packages/app/src/worker/models/openModel.js";
import { trainedOnText } from "../../packages/app/src/worker/models/trainedOnText.js";
import { modelOf } from "../export/modelOf.js";

// As in the worker, where there are no files but those that were given.
vi.mock("node:fs", () => import("../../packages/app/src/worker/node/fs.js"));
vi.mock("node:fs/promises", () => import("../../packages/app/src/worker/node/fsPromises.js"));

describe("what a model was trained on", () => {
  it("is said by the names of its images and its channel", () => {
    const data = { noisy: [{ name: "a.tif" }, { name: "b.tif" }, { name: "c.tif" }] };
    expect(trainedOnText({ provenance: { data } })).toEqual(["trained on a.tif and 2 more"]);
    const axes = { channel: { index: 1, name: "GFP" } };
    expect(trainedOnText({ provenance: { data: { noisy: [{ name: "a.tif" }], axes } } })).toEqual([
      "trained on a.tif",
      "channel GFP",
    ]);
    expect(trainedOnText({ provenance: {} })).toEqual([]);
  });
});

describe("models that are called alike", () => {
  it("are told from each other", async () => {
    setDefaultDevice(new WasmExecutor());
    const { variables, fluxCalibration: _, ...described } = await modelOf(methods.trainedNamed("noise2void"));
    const file = async (provenance: Record<string, unknown>): Promise<File> =>
      new File(
        [new Uint8Array(await exportModel(variables, { ...described, provenance }))],
        "model.safetensors",
      );
    const of = (name: string, seed: number) => ({ data: { noisy: [{ name }] }, seed });
    const models = [];
    for (const provenance of [of("a.tif", 1), of("b.tif", 1), of("b.tif", 2)])
      models.push(await openModel(await file(provenance)));
    const summaries = models.map(({ summary }) => summary);
    expect(summaries[0]).toMatch(/, trained on a\.tif$/);
    expect(summaries[1]).toMatch(/, trained on b\.tif$/);
    expect(summaries[2]).toMatch(/, trained on b\.tif, checksum [0-9a-f]{8}$/);
    expect(new Set(models.map(({ model }) => model)).size).toBe(3);
  });
});
