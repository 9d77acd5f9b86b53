import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { castImage, type Image, InputError, simulateScenes } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { evaluateFiles } from "../../src/evaluation/evaluateFiles.js";
import { loadModel } from "../../src/model/loadModel.js";
import { readManifest } from "../../src/training/manifest.js";
import { train } from "../../src/training/train.js";
import { tensorsOf, tiny } from "./tinyData.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const options = { method: clidim, overrides: tiny, validation: 0.25 };

/** Captures of two scenes: the channels DAPI and GFP of one hyperstack, T C, as OME names them, and as ImageJ does. */
const scenes = simulateScenes({ seed: 4, size: 48, scenes: 2, frames: 4 }).map(({ noisy }) =>
  noisy.map((page) => castImage(page, "uint16")),
);
const interleaved: Image[] = scenes[0]!.flatMap((page, t) => [page, scenes[1]![t]!]);

beforeAll(async () => {
  const layout = { axes: ["T", "C", "Y", "X"], shape: [4, 2, 48, 48] } as const;
  await writeImageFile(at("ome.tif"), interleaved, { ...layout, metadata: { channels: ["DAPI", "GFP"] } });
  await writeImageFile(at("turned.tif"), interleaved, { ...layout, metadata: { channels: ["GFP", "DAPI"] } });
  await writeImageFile(at("imagej.tif"), interleaved, layout);
  await writeImageFile(at("gfp.tif"), scenes[1]!);
  // Other captures of the same.
  const later = [2, 3, 0, 1].flatMap((t) => interleaved.slice(2 * t, 2 * t + 2));
  await writeImageFile(at("later.tif"), later, layout);
});

describe("a training on a file of several channels", () => {
  test.each(["ome.tif", "imagej.tif"])("is refused where none is chosen: %s", async (name) => {
    await expect(train({ ...options, noisy: [at(name)], out: at("none") })).rejects.toThrow(
      /2 channels, 0( \(DAPI\))?, 1( \(GFP\))? \(its axes are T 4, C 2\), which are not captures of one image; choose one of them$/,
    );
    await expect(
      train({ ...options, method: methods.trainedNamed("noise2void"), noisy: [at(name)], out: at("none") }),
    ).rejects.toThrow(InputError);
  });

  test("is one on the channel that is chosen, bit for bit, and the model knows it", async () => {
    await train({ ...options, noisy: [at("gfp.tif")], out: at("alone") });
    await train({ ...options, noisy: [at("ome.tif")], channel: "GFP", out: at("chosen") });
    expect(tensorsOf(at("chosen/model.safetensors"))).toEqual(tensorsOf(at("alone/model.safetensors")));
    const axes = { channel: { index: 1, name: "GFP" } };
    expect((await readManifest(at("chosen/manifest.json"), clidim)).data.axes).toEqual(axes);
    expect((await loadModel(at("chosen"), methods)).provenance).toMatchObject({ data: { axes } });
    expect((await readManifest(at("alone/manifest.json"), clidim)).data).not.toHaveProperty("axes");
  });

  test("goes on with the same planes only", async () => {
    const resumed = { ...options, noisy: [at("ome.tif")], out: at("chosen"), resume: true };
    await expect(train({ ...resumed, channel: "DAPI" })).rejects.toThrow(
      /of the files channel GFP was used, now channel DAPI/,
    );
    await expect(train({ ...resumed, channel: "GFP", t: { first: 0, last: 2 } })).rejects.toThrow(
      /of the files channel GFP was used, now channel GFP, t 0-2/,
    );
    await expect(train({ ...resumed, channel: "GFP", nodata: 0 })).rejects.toThrow(
      /of the files channel GFP was used, now channel GFP, nodata 0/,
    );
  });

  test("of channels of one name goes on with the one at the same place, also a run that does not say that there are two", async () => {
    const layout = { axes: ["T", "C", "Y", "X"], shape: [4, 2, 48, 48] } as const;
    await writeImageFile(at("twins.tif"), interleaved, { ...layout, metadata: { channels: ["GFP", "GFP"] } });
    const run = { ...options, noisy: [at("twins.tif")], out: at("twin") };
    await train({ ...run, channel: 1 });
    const path = at("twin/manifest.json");
    const axes = { channel: { index: 1, name: "GFP", repeated: true } };
    expect((await readManifest(path, clidim)).data.axes).toEqual(axes);
    const resumed = { ...run, resume: true };
    const other = /of the files channel 1 \(GFP\) was used, now channel 0 \(GFP\)/;
    await expect(train({ ...resumed, channel: 0 })).rejects.toThrow(other);
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(
      path,
      JSON.stringify({
        ...manifest,
        data: { ...manifest.data, axes: { channel: { index: 1, name: "GFP" } } },
      }),
    );
    await expect(train({ ...resumed, channel: 0 })).rejects.toThrow(other);
    expect((await train({ ...resumed, channel: 1 })).completed).toBe(true);
  });

  test("takes one channel of all files", async () => {
    const noisy = [at("ome.tif"), at("turned.tif")];
    await expect(train({ ...options, noisy, channel: 0, out: at("none") })).rejects.toThrow(
      /channel 0 of \S+ome\.tif is channel DAPI, of \S+turned\.tif channel GFP; choose it by its name$/,
    );
  });
});

test("depths are no views of each other, unless they are said to be captures", async () => {
  await writeImageFile(at("depths.tif"), scenes[0]!, { axes: ["Z", "Y", "X"], shape: [4, 48, 48] });
  await writeImageFile(at("clean.tif"), scenes[1]!, { axes: ["Z", "Y", "X"], shape: [4, 48, 48] });
  const contrastive = { mode: "joint", captures: true };
  const run = {
    ...{ ...options, overrides: { ...tiny, contrastive } },
    ...{ noisy: [at("depths.tif")], clean: [at("clean.tif")], force: true, out: at("views") },
  };
  await expect(train(run)).rejects.toThrow(
    /depths\.tif has pages along Z .*: CLIDiM compares pages with other captures of them; choose one depth, or say that they are captures/,
  );
  const { completed } = await train({ ...run, captures: ["Z"] });
  expect(completed).toBe(true);
});

test("an evaluation compares the chosen channel of all files", async () => {
  const [prediction, clean] = [[at("ome.tif")], [at("gfp.tif")]];
  await expect(evaluateFiles({ prediction, clean })).rejects.toThrow(/has 2 channels, 0 \(DAPI\), 1 \(GFP\)/);
  // The prediction's channel is the clean image itself, which is refused unless it is forced.
  const forced = { prediction, clean, noisy: [at("later.tif")], channel: 1, force: true };
  const { pages } = await evaluateFiles(forced);
  expect(pages.map(({ prediction: { psnr } }) => psnr)).toEqual(
    Array.from({ length: 4 }, () => Number.POSITIVE_INFINITY),
  );
  expect(pages.every(({ noisy }) => noisy && noisy.psnr > 15 && noisy.psnr < 40)).toBe(true);
  const other = await evaluateFiles({ prediction, clean, channel: "DAPI" });
  expect(other.mean.prediction.psnr).toBeLessThan(30);
});
