import * as nodeFiles from "node:fs/promises";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportModel } from "@clidim/denoise";
import { openImageFile, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { DenoisedImage, DenoiseEvents, DenoiseRequest } from "../../packages/app/src/engine/engine.js";
import { denoiseImage } from "../../packages/app/src/worker/denoising/denoiseImage.js";
import { computer, machine } from "../../packages/app/src/worker/device.js";
import { engineErrorOf } from "../../packages/app/src/worker/failures.js";
import { keepImage } from "../../packages/app/src/worker/images/openImages.js";
import { keepModel } from "../../packages/app/src/worker/models/modelPath.js";
import { modelOf } from "../export/modelOf.js";

const folder = temporaryFolder();
let made = 0;

// The storage of the browser is a folder here.
vi.mock("../../packages/app/src/worker/node/fsPromises.js", () => ({
  ...nodeFiles,
  blobOf: async (path: string) => new Blob([await nodeFiles.readFile(path)]),
}));
vi.mock("../../packages/app/src/worker/node/fs.js", () => import("node:fs"));
vi.mock("../../packages/app/src/worker/session.js", () => ({
  temporaryFolder: async () => {
    const path = join(folder, `session-${made++}`);
    await mkdir(path);
    return path;
  },
}));
// All is done in one thread.
vi.mock("../../packages/app/src/worker/denoising/methodThreads.js", () => ({ methodThreads: undefined }));

beforeAll(async () => {
  vi.stubGlobal("navigator", {});
  await machine("processor");
  await computer();
  const { variables, ...described } = await modelOf(methods.trainedNamed("vae"));
  const path = join(folder, "model.safetensors");
  await writeFile(path, await exportModel(variables, { ...described, provenance: {} }));
  keepModel("model", { path, called: "model.safetensors" });
});

const SIDE = 16;

/** Grey values about those that the model knows. */
const page = (offset = 0) => ({
  ...{ width: SIDE, height: SIDE, dtype: "uint8" as const },
  data: Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 95 + offset + ((i * 7919) % 101)),
});

/** An image of that name, which is open; its id. */
async function opened(name: string, ...layout: readonly object[]): Promise<string> {
  const path = join(folder, name);
  const pages = layout.length > 0 ? [page(), page(9)] : [page()];
  await writeImageFile(path, pages, ...(layout as [never])); // as it is below
  return keepImage(await openImageFile({ path }), { path: async () => path }).id;
}

async function denoised(
  request: Omit<DenoiseRequest, "job">,
  events: Partial<DenoiseEvents> = {},
): Promise<DenoisedImage> {
  const silent: DenoiseEvents = {
    ...{ onPhase: () => undefined, onWarning: () => undefined },
    ...{ onPreview: () => undefined, onProgress: () => undefined },
  };
  return denoiseImage({ job: "j", ...request }, { ...silent, ...events }, new AbortController().signal);
}

const MODEL = { kind: "model", model: "model" } as const;

describe("an image of other grey values than the model was trained on", () => {
  /** Its id. */
  const brighter = async (name: string, times: number): Promise<string> => {
    const path = join(folder, name);
    const { data, ...like } = page();
    const values = Uint16Array.from(data, (value) => times * value);
    await writeImageFile(path, [{ ...like, dtype: "uint16", data: values }]);
    return keepImage(await openImageFile({ path }), { path: async () => path }).id;
  };

  it("is refused, or warned of, in the page's words, and taken in its own range where that is asked for", async () => {
    const far = await brighter("far.tif", 300);
    const error = await denoised({ image: far, by: MODEL }).catch(engineErrorOf);
    expect(error).toEqual({
      ...{ stopped: false, internal: false, keys: ["normalization"] },
      sentence: expect.stringMatching(/far\.tif is brighter .*, or take the image in its own range$/),
    });
    const other = await brighter("other.tif", 10);
    const warned = await denoised({ image: other, by: MODEL });
    expect(warned.otherRange).toBe(true);
    expect(warned.notes).toContainEqual(
      expect.stringMatching(/if the result looks wrong, take the image in its own range$/),
    );
    const own = await denoised({ image: far, by: MODEL, normalization: "image" });
    expect([own.otherRange, own.notes.filter((note) => /brighter|range/.test(note))]).toEqual([
      undefined,
      [],
    ]);
    expect(own.command).toContain(" --normalization image ");
  });
});

describe("files of a result", () => {
  it("are called by what they are, so that none has the image's own name", async () => {
    for (const [name, result] of [
      ["cells.tif", "cells.denoised.tif"],
      ["cells.ome.tif", "cells.denoised.ome.tif"],
      ["cells.png", "cells.denoised.png"],
    ] as const) {
      const { file, uncertainty } = await denoised({
        ...{ image: await opened(name), by: MODEL, uncertainty: true },
      });
      expect([file.name, uncertainty?.kind, uncertainty?.file.name]).toEqual([
        result,
        "scatter",
        "cells.scatter.tif",
      ]);
    }
  });

  it("lie below the name of the archive, where the result is a folder", async () => {
    const image = await opened("cells.ome.zarr", { axes: ["C", "Y", "X"], shape: [2, SIDE, SIDE] });
    const { file } = await denoised({ image, by: { kind: "method", name: "gaussian" } });
    expect(file.name).toBe("cells.denoised.ome.zarr.zip");
    const names = Object.keys(unzipSync(new Uint8Array(await file.blob.arrayBuffer())));
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !name.startsWith("cells.denoised.ome.zarr/"))).toEqual([]);
  });
});
