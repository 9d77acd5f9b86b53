import * as nodeFiles from "node:fs/promises";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fromFunction, type ImageSource, planarSource } from "@clidim/imaging";
import { openImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { DenoiseEvents } from "../../packages/app/src/engine/engine.js";
import type { Copying } from "../../packages/app/src/worker/copying.js";
import { showPreview } from "../../packages/app/src/worker/denoising/showPreview.js";
import { Stopped } from "../../packages/app/src/worker/failures.js";
import { imageWithAxes, keepImage, openedImage } from "../../packages/app/src/worker/images/openImages.js";
import { checkRoom, copyImages } from "../../packages/app/src/worker/training/copyImages.js";
import { storedRuns } from "../../packages/app/src/worker/training/storedRuns.js";

const folder = temporaryFolder();
let made = 0;

// The storage of the browser is a folder here, and has a fault where a path says so.
vi.mock("../../packages/app/src/worker/node/fsPromises.js", () => ({
  ...nodeFiles,
  lstat: async (path: string) => {
    if (path.includes("faulty")) throw Object.assign(new Error("EIO: it cannot be read"), { code: "EIO" });
    return nodeFiles.lstat(path);
  },
}));
vi.mock("../../packages/app/src/worker/node/fs.js", async () => {
  const { createReadStream } = await import("node:fs");
  return { createReadStream: (path: string) => createReadStream(path, { highWaterMark: 1000 }) };
});
vi.mock("../../packages/app/src/worker/models/modelPath.js", () => ({
  runFolder: (run: string) => join(folder, "runs", run),
  trainingPath: (run: string) => join(folder, "runs", run, "model"),
}));
vi.mock("../../packages/app/src/worker/session.js", () => ({
  temporaryFolder: async () => {
    const path = join(folder, `session-${made++}`);
    await mkdir(path);
    return path;
  },
}));

/** Copying that is ended at that question. */
function copying(ended = Number.POSITIVE_INFINITY): Copying & { readonly phases: string[] } {
  let asked = 0;
  const phases: string[] = [];
  return {
    phases,
    proceed: () => {
      asked++;
      if (asked >= ended) throw new Stopped();
    },
    onPhase: (sentence) => phases.push(sentence),
  };
}

/** Three pages of 8 x 8 pixels, each of one value. */
const stack = (nodata?: number): ImageSource =>
  planarSource({
    ...{ format: "TIFF", name: "stack.tif", axes: ["T", "Y", "X"], shape: [3, 8, 8], dtype: "uint16" },
    chunks: [1, 8, 8],
    metadata: { ...(nodata !== undefined && { nodata }) },
    readPlane: async (index, { width, height }) => new Uint16Array(width * height).fill(index),
    close: async () => {},
  });

let available = 1e9;
/** Names of locks that another tab holds. */
let held: readonly string[] = [];
beforeEach(() => {
  available = 1e9;
  held = [];
  const locks = {
    query: async () => ({ held: held.map((name) => ({ name })) }),
    request: async (name: string, _: object, work: (lock: object | null) => Promise<unknown>) =>
      work(held.includes(name) ? null : {}),
  };
  const storage = { estimate: async () => ({ usage: 0, quota: available }) };
  vi.stubGlobal("navigator", { storage, locks });
  return () => vi.unstubAllGlobals();
});

/** An image of these pages whose axes are Z, Y and X. */
function reread(nodata?: number) {
  const { id } = keepImage(stack(nodata), { path: async () => "nowhere" });
  return openedImage(imageWithAxes(id, "ZYX").id);
}

describe("the copy of an image with other axes", () => {
  it("is written once, with the value of no value, and tells of its pages", async () => {
    const image = reread(7);
    const told = copying();
    const path = await image.path(told);
    const copy = await openImageFile({ path });
    expect(copy).toMatchObject({ axes: ["Z", "Y", "X"], shape: [3, 8, 8], metadata: { nodata: 7 } });
    await copy.close();
    expect(told.phases).toEqual(
      [1, 2, 3].map((page) => `Writing the image with its axes: page ${page} of 3`),
    );
    expect(await image.path(copying(1))).toBe(path);
  });

  it("is ended by whoever has asked for it, and written when it is asked for again", async () => {
    const image = reread();
    await expect(image.path(copying(2))).rejects.toBeInstanceOf(Stopped);
    const sessions = (await readdir(folder)).filter((name) => name.startsWith("session-"));
    expect(sessions).toHaveLength(1); // of the test before
    expect((await readFile(await image.path(copying()))).length).toBeGreaterThan(3 * 64 * 2);
  });

  it("is refused where there is no room for it, and counted beside the one of a training", async () => {
    const image = reread();
    available = 3 * 64 * 2 - 1;
    await expect(image.path(copying())).rejects.toThrow(/stack\.tif with other axes takes .* storage/);
    // It is written, and copied.
    available = 2 ** 26 + 2 * 3 * 64 * 2;
    await checkRoom([image]);
    available--;
    await expect(checkRoom([image])).rejects.toThrow(/the training takes/);
    available++;
    await image.path(copying());
    available -= 3 * 64 * 2;
    await checkRoom([image]);
  });
});

describe("images that are copied for a training", () => {
  it("are so piece by piece until it is ended", async () => {
    const from = join(folder, "cells.tif");
    const bytes = Uint8Array.from({ length: 3500 }, (_, i) => i);
    await writeFile(from, bytes);
    const image = openedImage(keepImage(stack(), { path: async () => from }).id);
    const whole = copying();
    const [copy] = await copyImages([image], join(folder, "whole"), whole);
    expect(new Uint8Array(await readFile(copy!))).toEqual(bytes);
    expect(whole.phases).toEqual(["Copying stack.tif into the browser's storage"]);
    // Once before the image, then before its second piece.
    await expect(copyImages([image], join(folder, "ended"), copying(2))).rejects.toBeInstanceOf(Stopped);
    expect(await readFile(join(folder, "ended", "0", "cells.tif"))).toHaveLength(1000);
    await rm(join(folder, "ended"), { recursive: true });
  });
});

describe("a run whose page was closed while its images were copied", () => {
  const runs = join(folder, "runs");
  const fileOf = async (run: string, ...path: readonly string[]): Promise<void> => {
    const place = join(runs, run, ...path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, "bytes");
  };

  it("is removed when runs are listed, what was recorded or trained is not", async () => {
    await fileOf("left over", "noisy", "0", "cells.tif");
    await fileOf("recorded", "run.json");
    await fileOf("trained", "model", "manifest.json");
    const listed = await storedRuns(["left over", "recorded", "trained"]);
    expect(listed.map(({ run, state }) => `${run}: ${state}`).sort()).toEqual([
      "recorded: unreadable",
      "trained: unreadable",
    ]);
    expect((await readdir(runs)).sort()).toEqual(["recorded", "trained"]);
  });

  it("is not taken for one where it cannot be looked at", async () => {
    await fileOf("faulty", "noisy", "0", "cells.tif");
    await fileOf("kept", "run.json");
    const listed = await storedRuns(["faulty", "kept"]);
    expect(listed.map(({ run, state }) => `${run}: ${state}`).sort()).toEqual([
      "faulty: unreadable",
      "kept: unreadable",
    ]);
    expect(await readdir(join(runs, "faulty"))).toEqual(["noisy"]);
  });

  it("is left alone as long as another tab copies them", async () => {
    await fileOf("copied", "noisy", "0", "cells.tif");
    held = ["clidim-run-copied"];
    expect(await storedRuns(["copied"])).toMatchObject([{ run: "copied", state: "running elsewhere" }]);
    held = [];
    expect(await storedRuns(["copied"])).toEqual([]);
  });
});

it("the region that is looked at is denoised without pixels that have no value", async () => {
  /** About 100 everywhere, but for a column of no value. */
  const source = planarSource({
    ...{ format: "TIFF", name: "wide.tif", axes: ["Y", "X"], shape: [256, 256], dtype: "float32" },
    chunks: [256, 256],
    metadata: { nodata: 0 },
    readPlane: async (_index, { x, width, height }) =>
      fromFunction(new Float32Array(width * height), (i) =>
        x + (i % width) === 120 ? 0 : 100 + ((i * 7919) % 11) - 5,
      ),
    close: async () => {},
  });
  const image = openedImage(keepImage(source, { path: async () => "nowhere" }).id);
  const shown: Parameters<DenoiseEvents["onPreview"]>[0][] = [];
  const events = { onPreview: (one) => shown.push(one) } as Partial<DenoiseEvents> as DenoiseEvents; // nothing else is told
  const region = { x: 110, y: 110, width: 20, height: 20 };
  const by = { method: methods.classicalNamed("gaussian") };
  await showPreview(image, { place: {}, region }, by, events, new AbortController().signal);
  const row = [...shown[0]!.data.slice(0, 20)];
  row.forEach((value, x) => {
    expect(Math.abs(value - (x === 10 ? 0 : 100)), `x ${x}`).toBeLessThan(6);
  });
});
