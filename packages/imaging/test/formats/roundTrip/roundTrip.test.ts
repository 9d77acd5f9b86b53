import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { createImageFile } from "../../../src/files/createImageFile.js";
import { openImageFile } from "../../../src/files/openImageFile.js";
import type { TiffMetadata } from "../../../src/formats/tiff/tiffMetadata.js";
import { writableAs } from "../../../src/formats/writableAs.js";
import { lazyStack, readPages } from "../../../src/image/lazyStack.js";
import type { ImageMetadata } from "../../../src/image/metadata.js";
import { selectRegion } from "../../../src/image/selectRegion.js";
import type { ImageSource } from "../../../src/image/source.js";
import { checkedOme } from "../omeChecks.js";

const folder = temporaryFolder();
const script = fileURLToPath(new URL("roundTrip.py", import.meta.url));
/** What the script has made, which is checked where neither tifffile nor ImageJ is. */
const shipped = JSON.parse(readFileSync(new URL("roundTrip.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;

const python = ["/usr/bin/python3", "python3"].find(
  (path) => spawnSync(path, ["-c", "import tifffile, numpy"], { stdio: "ignore" }).status === 0,
);
const jar = process.env.IJ_JAR ?? "/usr/share/java/ij.jar";
const there = (program: string): boolean =>
  spawnSync(program, ["-version"], { stdio: "ignore" }).error === undefined;
const imagej = python !== undefined && existsSync(jar) && there("java") && there("xvfb-run");
if (python === undefined)
  console.warn("No Python with tifffile is here: what it reports of TIFFs is not compared.");
if (!imagej) console.warn("No ImageJ is here: what it reports of TIFFs is not compared.");

function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(python!, [script, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`roundTrip.py ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** What tifffile reports of a file. */
interface Report {
  readonly series: readonly {
    readonly axes: string;
    readonly shape: readonly number[];
    readonly pixels: string;
  }[];
  readonly imagej: Readonly<Record<string, unknown>>;
  readonly ome: unknown;
  readonly shaped: readonly unknown[];
  readonly pages: readonly Readonly<Record<string, unknown>>[];
}

const inputs = join(folder, "inputs");
mkdirSync(inputs);
for (const [name, text] of Object.entries(shipped))
  writeFileSync(join(inputs, name), Buffer.from(text, "base64"));
const names = Object.keys(shipped);

/** Reads a file, or a part of it, and writes it to a folder; both as they are read. */
async function copied(
  name: string,
  to: string,
  part: (source: ImageSource) => ImageSource = (source) => source,
  range = "",
) {
  const source = part(await openImageFile(`${join(inputs, name)}${range}`));
  mkdirSync(join(folder, to), { recursive: true });
  const path = join(folder, to, basename(name));
  const { axes, shape, dtype, metadata } = source;
  const writer = await createImageFile(path, {
    axes,
    shape,
    dtype,
    metadata,
    format: writableAs(source).format,
  });
  for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
  await writer.close();
  await source.close();
  const copy = await openImageFile(path);
  await copy.close();
  return { path, source, copy };
}

/** What is compared of metadata. ImageJ's records have an order of their own in each file. */
function compared({ own, ...shared }: ImageMetadata): unknown {
  // Nobody but the TIFF format makes an own part of this name.
  const { planes: _, imagej = [], ...display } = own!.display as TiffMetadata;
  return { shared, display, imagej: new Set(imagej) };
}

describe("what is read, written and read again says the same", () => {
  test.each(names)("%s", async (name) => {
    const { path, source, copy } = await copied(name, "again");
    expect(copy).toMatchObject({
      axes: source.axes,
      shape: source.shape,
      dtype: source.dtype,
      chunks: source.chunks,
    });
    if (!name.includes(".ome.")) expect(compared(copy.metadata)).toEqual(compared(source.metadata));
    else {
      const [xml] = /<\?xml.*<\/OME>|<OME.*<\/OME>/s.exec(readFileSync(path, "utf8"))!;
      checkedOme(
        xml,
        source.shape.slice(0, -2).reduce((a, b) => a * b, 1),
      );
      const { own: _a, ...again } = copy.metadata;
      const { own: _b, ...before } = source.metadata;
      expect(again).toEqual(before);
    }
  });
});

describe.runIf(python !== undefined)("tifffile reports the same", () => {
  const reports = (paths: readonly string[]): Record<string, Report> => JSON.parse(run("report", ...paths));

  test("the script makes what is shipped", () => {
    const made = join(folder, "made");
    mkdirSync(made);
    run("make", made);
    const of = (at: string): Record<string, Report> =>
      reports(names.filter((name) => imagej || !name.startsWith("by-imagej")).map((name) => join(at, name)));
    const [now, before] = [of(made), of(inputs)];
    expect(Object.keys(now).length).toBeGreaterThan(9);
    for (const [name, { series }] of Object.entries(now))
      expect([name, series]).toEqual([name, before[name]!.series]);
  });

  test("of files as they are", async () => {
    const before = reports(names.map((name) => join(inputs, name)));
    const after = reports(await Promise.all(names.map(async (name) => (await copied(name, "whole")).path)));
    for (const name of names) expect([name, after[name]]).toEqual([name, before[name]]);
  });

  test("of a channel: its axes, labels, ranges and lookup table", async () => {
    const { path } = await copied("by-imagej-hyperstack.tif", "channel", (source) =>
      selectRegion(source, { C: 1, T: 0 }),
    );
    const { series, imagej: said } = reports([path])["by-imagej-hyperstack.tif"]!;
    expect(series).toMatchObject([{ axes: "ZYX", shape: [3, 6, 9] }]);
    expect(said).toMatchObject({
      images: 3,
      slices: 3,
      min: 10,
      max: 200,
      Labels: ["label 2", "label 4", "label 6"],
      Ranges: [10, 200],
      Info: "line one\nline two",
    });
    const ome = await copied("ome.ome.tif", "channel", (source) => selectRegion(source, { C: 1, T: [1, 2] }));
    const report = reports([ome.path])["ome.ome.tif"]!;
    expect(report.series).toMatchObject([{ axes: "ZYX", shape: [3, 6, 9] }]);
    expect(JSON.stringify(report.ome)).toMatch(/"Name": ?"GFP"/);
    expect(JSON.stringify(report.ome)).not.toContain("DAPI");
  });

  test("of a range of pages", async () => {
    const of = async (name: string, range: string): Promise<Report> =>
      reports([(await copied(name, range, undefined, range)).path])[name]!;
    expect((await of("ij-frames.tif", "#1-3")).imagej).toMatchObject({
      images: 3,
      frames: 3,
      finterval: 0.25,
    });
    expect((await of("shaped.tif", "#1-2")).series).toMatchObject([{ shape: [2, 6, 9] }]);
    expect(await of("shaped-axes.tif", "#3-5")).toMatchObject({
      series: [{ axes: "ZYX", shape: [3, 6, 9] }],
      shaped: [{ sample: "seven" }],
    });
    expect((await of("pages.tif", "#2-3")).pages.map((tags) => [tags["270"], tags["285"]])).toEqual([
      [`frameTimestamps_sec = ${(2 / 30).toFixed(6)}\0`, "page 2"],
      ["frameTimestamps_sec = 0.100000\0", "page 3"],
    ]);
    expect((await of("positions.ome.tif", "#6-11")).series).toMatchObject([
      { axes: "CZYX", shape: [2, 3, 6, 9] },
    ]);
    // A part of two channels has no axes of its own.
    expect((await of("ome.ome.tif", "#1-4")).series).toMatchObject([{ axes: "TYX", shape: [4, 6, 9] }]);
    expect((await of("ij-hyperstack.tif", "#1-3")).imagej).toMatchObject({
      images: 3,
      frames: 3,
      Labels: ["plane 1", "plane 2", "plane 3"],
    });
  });
});

describe.runIf(imagej)("ImageJ reports the same", () => {
  const reports = (paths: readonly string[]): Record<string, string> => JSON.parse(run("imagej", ...paths));

  test("of files as they are", async () => {
    // It reads neither tiles nor transparency, and of compressed 16-bit colours the first page alone.
    const unread = new Set(["pages.tif", "rgba-tiles.tif", "grey-alpha.tif", "rgb-unnamed.tif"]);
    const read = names.filter((name) => !unread.has(name));
    const before = reports(read.map((name) => join(inputs, name)));
    const after = reports(
      await Promise.all(read.map(async (name) => (await copied(name, "for-imagej")).path)),
    );
    expect(before["by-imagej-hyperstack.tif"]).toContain("overlay 2 3 5 2 at 2 3 1");
    // Of a file that is not its own it shows all tags as the image's info; OME's identifier is a new one.
    const of = (text: string): string => text.replace(/^info ImageDescription: .*$/m, "");
    for (const name of read) expect([name, of(after[name]!)]).toEqual([name, of(before[name]!)]);
  }, 60_000);

  test("of a channel: its range, lookup table, labels and regions", async () => {
    const { path } = await copied("by-imagej-hyperstack.tif", "one", (source) =>
      selectRegion(source, { C: 1, T: 0 }),
    );
    const said = reports([path])["by-imagej-hyperstack.tif"]!.split("\n");
    expect(said).toEqual(
      expect.arrayContaining([
        "size 9 6 1 3 1 16 hyperstack 0",
        "step 0.2 0.3 0.5 µm 2.5",
        "channel 1 10 200 128 128 128 255 255 255",
        "info line one|line two",
        "overlay 2 3 5 2 at 0 3 0",
        "overlay 1 1 2 2 at 0 0 0",
      ]),
    );
    expect(said.filter((line) => line.startsWith("label")).map((line) => line.split(" ")[2])).toEqual([
      "2",
      "4",
      "6",
    ]);
    expect(said.filter((line) => line.startsWith("overlay"))).toHaveLength(2);
    const bytes = await copied("by-imagej-8-bit.tif", "one", (source) => selectRegion(source, { C: 1 }));
    expect(reports([bytes.path])["by-imagej-8-bit.tif"]).toContain("\nchannel 1 10 200 0 128 0 0 255 0\n");
  }, 60_000);
});
