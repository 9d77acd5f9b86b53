import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { castImage, type Image, simulateScenes } from "@clidim/imaging";
import { hashFile, openImageFile, readStack, writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { beforeAll, expect, test } from "vitest";
import { main } from "../src/main.js";
import { captureTerminal } from "./capture.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const names = [0, 1, 2].map((t) => `set/t${t}.ome.tif`);
const small = ["--updates", "2", "--batch", "2", "--crop", "32", "--ngf", "2", "--downs", "2"];

/** Three times of two channels, the second of which is three times as bright. */
const scenes = simulateScenes({ seed: 8, size: 48, scenes: 2, frames: 3 });
const pages: Image<"uint16">[] = [0, 1, 2].flatMap((t) =>
  scenes.map(({ noisy }, c) => {
    const page = noisy[t]!;
    return castImage({ ...page, data: page.data.map((value) => value * (1 + 2 * c)) }, "uint16");
  }),
);
const uuid = (t: number): string => `urn:uuid:00000000-0000-4000-8000-00000000000${t}`;
const planes = names.map((name, t) => {
  const file = `<UUID FileName="${name.slice("set/".length)}">${uuid(t)}</UUID>`;
  return `<TiffData FirstT="${t}" IFD="0" PlaneCount="2">${file}</TiffData>`;
});
const description = (t: number): string =>
  `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="${uuid(t)}">` +
  '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="48" SizeY="48" SizeC="2" SizeZ="1" SizeT="3" TimeIncrement="4">' +
  '<Channel ID="Channel:0:0" Name="DAPI" SamplesPerPixel="1"/><Channel ID="Channel:0:1" Name="GFP" SamplesPerPixel="1"/>' +
  `${planes.join("")}</Pixels></Image></OME>`;

beforeAll(async () => {
  mkdirSync(at("set"));
  for (const [t, name] of names.entries()) {
    await writeImageFile(at(name), pages.slice(2 * t, 2 * t + 2), { metadata: { text: description(t) } });
  }
  const metadata = { channels: ["DAPI", "GFP"] };
  await writeImageFile(at("whole.tif"), pages, {
    axes: ["T", "C", "Y", "X"],
    shape: [3, 2, 48, 48],
    metadata,
  });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { printed, ...terminal } = captureTerminal();
  return { code: await main(args, terminal), ...printed };
}
const pixelsOf = async (path: string) => (await readStack(path)).pages.map(({ data }) => data);

test("a folder with a set is one image, denoised once, as its planes in one file are", async () => {
  const options = ["denoise", "--method", "gaussian", "--out"];
  expect((await run(...options, at("whole"), at("whole.tif"))).code).toBe(0);
  const { code, err } = await run(...options, at("out"), at("set"));
  expect(code).toBe(0);
  expect(err.match(/^Note: .*t0\.ome\.tif: it is one of 3 files of a set/gm)).toHaveLength(1);
  expect(readdirSync(at("out")).toSorted()).toEqual(["denoised.json", "t0.ome.tif"]);
  expect(await pixelsOf(at("out/t0.ome.tif"))).toEqual(await pixelsOf(at("whole/whole.tif")));
  const result = await openImageFile(at("out/t0.ome.tif"));
  expect(result).toMatchObject({
    axes: ["T", "C", "Y", "X"],
    shape: [3, 2, 48, 48],
    metadata: { channels: ["DAPI", "GFP"], calibration: { T: { step: 4 } } },
  });
  await result.close();
  const [record] = JSON.parse(readFileSync(at("out/denoised.json"), "utf8")).results;
  expect(record.input).toMatchObject({ sha256: (await hashFile(at(names[2]!))).sha256 });
  const again = await run(...options, at("out"), "--skip-existing", at("set"));
  expect(again.err).toMatch(/1 of 1 were there already/);
});

test("times and a channel of the set", async () => {
  const options = ["--method", "gaussian", "--channel", "GFP", "--t", "1-2", "--out"];
  expect((await run("denoise", ...options, at("part"), at(names[2]!))).code).toBe(0);
  expect((await run("denoise", ...options, at("part-whole"), at("whole.tif"))).code).toBe(0);
  const written = await pixelsOf(at("part/t2.ome.tif"));
  expect(written).toEqual(await pixelsOf(at("part-whole/whole.tif")));
  expect(written[0]).toEqual(pages[2]!.data);
  expect(written[1]).not.toEqual(pages[3]!.data);
});

test("trained on the whole image, whose files the manifest has the checksum of", async () => {
  const training = ["--channel", "GFP", "--captures", "T", ...small, "--out"];
  expect(await run("train", "--noisy", at("set"), ...training, at("model"))).toMatchObject({ code: 0 });
  expect(await run("train", "--noisy", at("whole.tif"), ...training, at("model-whole"))).toMatchObject({
    code: 0,
  });
  const weights = (model: string) =>
    readFileSync(at(`${model}/metrics.jsonl`), "utf8").replaceAll(/"\w*[sS]econds\w*":[^,}]*/g, "");
  expect(weights("model")).toBe(weights("model-whole"));
  expect(readFileSync(at("model/manifest.json"), "utf8")).toContain((await hashFile(at(names[1]!))).sha256);
});

test("a set that lacks a file", async () => {
  rmSync(at(names[1]!));
  const { code, err } = await run("denoise", "--method", "gaussian", "--out", at("lacking"), at("set"));
  expect(code).toBe(0);
  expect(err.replaceAll(/\s+/g, " ")).toContain(
    "t1.ome.tif of its set is not there: 2 of 6 planes are missing (T 1)",
  );
  const result = await openImageFile(at("lacking/t0.ome.tif"));
  expect(result).toMatchObject({ axes: ["T", "C", "Y", "X"], shape: [2, 2, 48, 48] });
  expect(result.metadata.calibration).toBeUndefined();
  await result.close();
});
