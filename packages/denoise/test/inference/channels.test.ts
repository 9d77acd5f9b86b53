import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clidim } from "@clidim/clidim";
import { castImage, type Image, type PixelArrays, type PixelType, simulateScenes } from "@clidim/imaging";
import { openImageFile, readStack, writeImageFile } from "@clidim/imaging/node";
import { methods } from "@clidim/methods";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, describe, expect, test } from "vitest";
import { denoiseFiles } from "../../src/inference/denoiseFiles.js";
import type { DenoiseFilesOptions } from "../../src/inference/denoiseFilesOptions.js";
import { train } from "../../src/training/train.js";
import { tiny } from "../training/tinyData.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const blur = methods.classicalNamed("gaussian");

/** Pages of DAPI, and of GFP, which is three times as bright; T Z C. */
const [dapi, gfp] = simulateScenes({ seed: 5, size: 48, scenes: 2, frames: 4 }).map(({ noisy }, scene) =>
  noisy.map((page) =>
    castImage({ ...page, data: Array.from(page.data, (value) => value * (1 + 2 * scene)) }, "uint16"),
  ),
) as [Image<"uint16">[], Image<"uint16">[]]; // two scenes
const pages = dapi.flatMap((page, i) => [page, gfp[i]!]);

beforeAll(async () => {
  const layout = { axes: ["T", "Z", "C", "Y", "X"], shape: [2, 2, 2, 48, 48] } as const;
  await writeImageFile(at("hyper.tif"), pages, { ...layout, metadata: { channels: ["DAPI", "GFP"] } });
  await writeImageFile(at("imagej.tif"), pages, layout);
  const alone = { axes: ["T", "Z", "Y", "X"], shape: [2, 2, 48, 48] } as const;
  await writeImageFile(at("dapi.tif"), dapi, alone);
  await writeImageFile(at("gfp.tif"), gfp, alone);
  const captures = { method: clidim, captures: ["T", "Z"], overrides: tiny } as const;
  await train({ ...captures, noisy: [at("dapi.tif")], out: at("model") });
  await train({ ...captures, noisy: [at("hyper.tif")], channel: "GFP", out: at("model-gfp") });
});

let runs = 0;
/** Denoises a file, and returns its pages, what became of it, and what was said. */
async function run(file: string, options: Partial<DenoiseFilesOptions>) {
  const out = at(`out${runs++}`);
  const said: string[] = [];
  const progress: number[][] = [];
  const {
    denoised: [result],
  } = await denoiseFiles(
    // The options name what denoises.
    { methods, out, files: [at(file)], ...options } as DenoiseFilesOptions,
    {
      onWarning: (sentence) => said.push(sentence.replaceAll(`${folder}/`, "")),
      onProgress: ({ done, total, passes }) => progress.push([done, total, passes]),
    },
  );
  const written = (await readStack(result!.output)).pages.map(({ data }) => data);
  return { out, result: result!, written, said, progress };
}
/** The pages of channel `c`. */
const of = (written: readonly PixelArrays[PixelType][], c: number) => written.filter((_, i) => i % 2 === c);
const data = (list: readonly Image[]) => list.map((page) => page.data);

describe("a channel that is chosen", () => {
  test("is denoised as in a file of its own, the others are copied bit for bit", async () => {
    const alone = await run("dapi.tif", { model: at("model") });
    const { written, result, said, progress } = await run("hyper.tif", {
      model: at("model"),
      channel: "DAPI",
    });
    expect(of(written, 0)).toEqual(alone.written);
    expect(of(written, 0)).not.toEqual(data(dapi));
    expect(of(written, 1)).toEqual(data(gfp));
    expect(said).toEqual([]);
    expect(result).toMatchObject({
      pages: 8,
      channels: [
        { channel: { index: 0, name: "DAPI" }, denoised: true },
        { channel: { index: 1, name: "GFP" }, denoised: false },
      ],
    });
    expect(progress.at(-1)).toEqual([4, 4, 1]);
    const source = await openImageFile(result.output);
    expect(source).toMatchObject({
      axes: ["T", "Z", "C", "Y", "X"],
      shape: [2, 2, 2, 48, 48],
      dtype: "uint16",
    });
    expect(source.metadata.channels).toEqual(["DAPI", "GFP"]);
    await source.close();
    const both = await run("imagej.tif", { model: at("model"), channel: [0, 1] });
    expect(of(both.written, 0)).toEqual(alone.written);
    expect(of(both.written, 1)).toEqual((await run("gfp.tif", { model: at("model") })).written);
  });

  test("has to be there, and be named once", async () => {
    const model = at("model");
    await expect(run("hyper.tif", { model, channel: "Cy5" })).rejects.toThrow(
      /hyper\.tif has 2 channels, 0 \(DAPI\), 1 \(GFP\); expected one of them, got channel Cy5$/,
    );
    await expect(run("hyper.tif", { model, channel: ["GFP", 1] })).rejects.toThrow(
      /channel GFP is chosen twice/,
    );
    await expect(run("dapi.tif", { model, channel: 1 })).rejects.toThrow(/dapi\.tif has one channel, 0/);
    expect(existsSync(at(`out${runs - 1}`))).toBe(false);
  });

  test("of which a model knows another is said", async () => {
    const { said } = await run("hyper.tif", { model: at("model-gfp"), channel: "DAPI" });
    expect(said).toContain(
      "hyper.tif, channel DAPI: the model was trained on channel GFP, not on channel DAPI",
    );
    expect((await run("hyper.tif", { model: at("model-gfp"), channel: "GFP" })).said).toEqual([]);
  });

  test("of which a model knows another of the same name is said", async () => {
    const layout = { axes: ["T", "Z", "C", "Y", "X"], shape: [2, 2, 2, 48, 48] } as const;
    await writeImageFile(at("twins.tif"), pages, { ...layout, metadata: { channels: ["GFP", "GFP"] } });
    const captures = { method: clidim, captures: ["T", "Z"], overrides: tiny } as const;
    const model = at("model-twin");
    await train({ ...captures, noisy: [at("twins.tif")], channel: 0, out: model });
    expect((await run("twins.tif", { model, channel: 1 })).said).toContain(
      "twins.tif, channel 1 (GFP): the model was trained on channel 0 (GFP), not on channel 1 (GFP)",
    );
    expect((await run("twins.tif", { model, channel: 0 })).said).toEqual([]);
    // The one of its name in a file may be either.
    const { said } = await run("hyper.tif", { model, channel: "GFP" });
    expect(said.join("\n")).not.toContain("the model was trained on channel");
  });
});

describe("several channels, none of them chosen", () => {
  test("are denoised each by itself, with its own normalisation, and that is said", async () => {
    const { written, said } = await run("hyper.tif", { model: at("model") });
    const own = { model: at("model"), normalization: "image" } as const;
    expect(of(written, 0)).toEqual((await run("dapi.tif", own)).written);
    expect(of(written, 1)).toEqual((await run("gfp.tif", own)).written);
    expect(said).toEqual([
      expect.stringMatching(
        /^hyper\.tif has 2 channels, 0 \(DAPI\), 1 \(GFP\): the same model denoises each by itself/,
      ),
    ]);
    const asked = await run("hyper.tif", { model: at("model"), normalization: "model" });
    expect(of(asked.written, 0)).toEqual((await run("dapi.tif", { model: at("model") })).written);
  });

  test("are refused where the model is for one of several", async () => {
    await expect(run("hyper.tif", { model: at("model-gfp") })).rejects.toThrow(
      /hyper\.tif has 2 channels, .*, and the model was trained on channel GFP; choose the channels to denoise/,
    );
    expect((await run("dapi.tif", { model: at("model-gfp") })).result.pages).toBe(4);
  });

  test("in a range of pages are those of the range", async () => {
    const whole = await run("hyper.tif", { method: blur });
    const { result } = await run("hyper.tif#0-3", { method: blur });
    expect(result.channels!.map(({ channel }) => channel.name)).toEqual(["DAPI", "GFP"]);
    expect(result.pages).toBe(4);
    expect(whole.result.pages).toBe(8);
    const part = await run("hyper.tif#0-2", { method: blur, channel: "DAPI" });
    expect(part.written[1]).toEqual(gfp[0]!.data);
    expect(of(part.written, 0)).toEqual((await run("dapi.tif#0-1", { method: blur })).written);
  });

  test("have each the parameters of a classical method that suit it", async () => {
    const { written, result } = await run("hyper.tif", { method: blur });
    const [first, second] = [await run("dapi.tif", { method: blur }), await run("gfp.tif", { method: blur })];
    expect(of(written, 0)).toEqual(first.written);
    expect(of(written, 1)).toEqual(second.written);
    expect(result.channels!.map(({ chosen }) => chosen)).toEqual([first.result.chosen, second.result.chosen]);
    expect(result).not.toHaveProperty("chosen");
    const one = await run("hyper.tif", { method: blur, channel: 1 });
    expect(of(one.written, 0)).toEqual(data(dapi));
    expect(of(one.written, 1)).toEqual(second.written);
  });
});

describe("red, green, blue and transparency", () => {
  // What the reader of TIFFs says of such a file.
  const together = { kind: "RGB", count: 4, extra: [2] };
  const own = { format: "TIFF", calibration: { storage: { compression: "none", together } } };
  const rgba = [dapi[0]!, gfp[0]!, dapi[1]!, gfp[1]!];

  test("are channels of one page; transparency is copied", async () => {
    await writeImageFile(at("rgba.tif"), rgba, {
      axes: ["C", "Y", "X"],
      shape: [4, 48, 48],
      metadata: { own },
    });
    const { result, said, written, progress } = await run("rgba.tif", { model: at("model") });
    expect(said).toEqual([
      expect.stringMatching(/rgba\.tif has 3 channels, 0 \(red\), 1 \(green\), 2 \(blue\): the same model/),
    ]);
    expect(result.channels!.map(({ denoised }) => denoised)).toEqual([true, true, true, false]);
    expect(written[3]).toEqual(gfp[1]!.data);
    expect(written[0]).not.toEqual(dapi[0]!.data);
    expect(progress.at(-1)).toEqual([3, 3, 1]);
    const list = await run("rgba.tif", { model: at("model"), channel: "0-1,blue", normalization: "image" });
    expect(list.written).toEqual(written);
    const again = await openImageFile(result.output);
    expect(again).toMatchObject({ axes: ["C", "Y", "X"], metadata: { transparency: 3 } });
    await again.close();
    const blue = await run("rgba.tif", { model: at("model"), channel: "blue" });
    expect([0, 1, 3].map((i) => blue.written[i])).toEqual([0, 1, 3].map((i) => rgba[i]!.data));
    await expect(run("rgba.tif", { model: at("model"), channel: "alpha" })).rejects.toThrow(
      /rgba\.tif: channel alpha is transparency, which is copied as it is; choose others$/,
    );
  });
});

test("a model for each channel", async () => {
  const models = [
    { channel: "GFP", model: at("model-gfp") },
    { channel: 0, model: [at("model"), at("model-gfp")] },
  ];
  const { written, said, progress } = await run("hyper.tif", { models });
  expect(of(written, 1)).toEqual((await run("gfp.tif", { model: at("model-gfp") })).written);
  expect(of(written, 0)).toEqual((await run("dapi.tif", { model: [at("model"), at("model-gfp")] })).written);
  expect(said).toContainEqual(expect.stringMatching(/channel DAPI: the model was trained on channel GFP/));
  expect(progress.at(-1)).toEqual([12, 12, 2]);
  const [gfpAlone] = models;
  const one = await run("imagej.tif", { models: [{ ...gfpAlone!, channel: 1 }] });
  expect(of(one.written, 0)).toEqual(data(dapi));
  await expect(run("hyper.tif", { models: [] })).rejects.toThrow("expected at least one model, got none");
});

describe("an acquisition that was stopped", () => {
  const ome = `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="48" SizeY="48" SizeC="2" SizeZ="2" SizeT="9" PhysicalSizeX="0.5" PhysicalSizeZ="2" TimeIncrement="3"><Channel ID="Channel:0:0" Name="DAPI"/><Channel ID="Channel:0:1" Name="GFP"/>${pages.map((_, i) => `<TiffData IFD="${i}" FirstC="${i % 2}" FirstZ="${(i >> 1) % 2}" FirstT="${i >> 2}"/>`).join("")}</Pixels></Image></OME>`;
  const descriptions = {
    ImageJ:
      "ImageJ=1.54f\nimages=36\nchannels=2\nslices=2\nframes=9\nhyperstack=true\nspacing=0.5\nunit=um\nfinterval=2\n",
    OME: ome,
    tifffile: '{"shape": [9, 2, 2, 48, 48], "axes": "TZCYX"}',
  };
  // The last page, of GFP, is not there.
  const there = pages.slice(0, -1);
  const stoppedNote = /describes 36 planes, 7 are there, 29 missing/;

  test.each(Object.entries(descriptions))("described by %s", async (by, text) => {
    await writeImageFile(at(`${by}.tif`), there, {
      axes: ["T", "Y", "X"],
      shape: [7, 48, 48],
      metadata: { text },
    });
    const model = at("model");
    const channel = by === "OME" ? "DAPI" : 0;
    const { written, result, said, progress } = await run(`${by}.tif`, { model, channel });
    expect(said).toEqual([expect.stringMatching(stoppedNote)]);
    expect(of(written, 0)).toEqual((await run("dapi.tif", { model })).written);
    expect(of(written, 1)).toEqual(data(gfp.slice(0, -1)));
    expect(progress.at(-1)).toEqual([4, 4, 1]);
    const again = await openImageFile(result.output);
    expect(again).toMatchObject({ axes: ["T", "Y", "X"], shape: [7, 48, 48] });
    expect(again.metadata).not.toHaveProperty("sparse");
    expect(again.metadata.notes).toBeUndefined();
    // Pages of a plain stack are not at the distances of times or depths.
    expect(Object.keys(again.metadata.calibration ?? {})).not.toContain("T");
    expect(Object.keys(again.metadata.calibration ?? {})).not.toContain("Z");
    await again.close();
    const other = await run(`${by}.tif`, { model, channel: 1 });
    expect(of(other.written, 1)).toEqual((await run("gfp.tif#0-2", { model })).written);

    const first = await run(`${by}.tif`, { model, channel, t: { first: 0, last: 0 } });
    const filled = await openImageFile(first.result.output);
    expect(filled).toMatchObject({ axes: ["Z", "C", "Y", "X"], shape: [2, 2, 48, 48] });
    expect(filled.metadata.notes).toBeUndefined();
    if (by === "ImageJ") expect(filled.metadata.calibration).toMatchObject({ Z: { step: 0.5, unit: "um" } });
    await filled.close();
    expect(first.written[1]).toEqual(gfp[0]!.data);

    const depth = await run(`${by}.tif`, { model, channel, z: { first: 1, last: 1 } });
    expect(depth.written[1]).toEqual(gfp[1]!.data);
    expect(depth.result.pages).toBe(3);
    await expect(run(`${by}.tif`, { model, channel, t: { first: 2, last: 2 } })).rejects.toThrow(
      /has t 0 to 1 \(its axes are T 2, Z 2, C 2\), got t 2/,
    );
  });
});

test("depths and times are those of the result", async () => {
  const whole = await run("hyper.tif", { method: blur, channel: 0 });
  const { written, result } = await run("hyper.tif", {
    ...{ method: blur, channel: 0 },
    ...{ z: { first: 1, last: 1 }, t: { first: 0, last: 1 } },
  });
  expect(of(written, 1)).toEqual([gfp[1]!.data, gfp[3]!.data]);
  expect(of(whole.written, 0)).toHaveLength(4);
  expect(result.pages).toBe(4);
  const source = await openImageFile(result.output);
  expect(source.axes.map((axis, i) => [axis, source.shape[i]]).filter(([, extent]) => extent !== 1)).toEqual([
    ["T", 2],
    ["C", 2],
    ["Y", 48],
    ["X", 48],
  ]);
  expect(source.metadata.channels).toEqual(["DAPI", "GFP"]);
  await source.close();
  await expect(run("hyper.tif", { method: blur, z: { first: 0, last: 2 } })).rejects.toThrow(
    /has z 0 to 1 \(its axes are T 2, Z 2, C 2\), got z 0-2/,
  );
});

test("reports are of the channels that are denoised, and scatter is where there is some", async () => {
  const ensemble = [at("model"), at("model-gfp")];
  const { out, result } = await run("hyper.tif", {
    model: ensemble,
    channel: "DAPI",
    report: true,
    uncertainty: 2,
  });
  expect(readdirSync(out).sort()).toEqual([
    "denoised.json",
    "hyper.c0.report.html",
    "hyper.c0.report.json",
    "hyper.tif",
    "scatter",
  ]);
  expect(result.channels!.map(({ report }) => report)).toEqual([
    join(out, "hyper.c0.report.html"),
    undefined,
  ]);
  const report = JSON.parse(readFileSync(join(out, "hyper.c0.report.json"), "utf8"));
  expect(report.input).toMatch(/hyper\.tif, channel DAPI$/);
  expect(report.pages.map(({ page }: { page: number }) => page)).toEqual([0, 1, 2, 3]);
  const map = await openImageFile(result.scatter!);
  const { data: values } = await map.read();
  await map.close();
  const pageIsFinite = Array.from({ length: 8 }, (_, i) =>
    values.subarray(i * 48 * 48, (i + 1) * 48 * 48).every((value) => Number.isFinite(value)),
  );
  expect(pageIsFinite).toEqual([true, false, true, false, true, false, true, false]);
});
