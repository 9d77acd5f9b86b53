import { describe, expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { blobSink } from "../../src/formats/sink.js";
import type { Image } from "../../src/image/image.js";
import { calibrationOf, type ImageMetadata } from "../../src/image/metadata.js";
import { type PlaneRegion, selectRegion } from "../../src/image/selectRegion.js";
import { type Axis, type ImageSource, pageCountOf } from "../../src/image/source.js";
import { countedBytes, handmadeTiff, pixelAt } from "./handmadeTiff.js";

const described = (description: string, pages: number): Promise<ImageSource> =>
  openImage("a.tif", countedBytes(handmadeTiff({ width: 4, height: 3, pages, blocks: 3, description })));

const ome = (order: string, [c, z, t]: readonly [number, number, number], tiffData = "<TiffData/>") =>
  `<?xml version="1.0"?><OME xmlns="x"><Image><Pixels ID='Pixels:0' DimensionOrder="XY${order}" SizeC="${c}" SizeZ='${z}' SizeT="${t}" ` +
  `SizeX="4" SizeY="3" PhysicalSizeX="0.1" PhysicalSizeY="100" PhysicalSizeYUnit="nm" PhysicalSizeZ="2" PhysicalSizeZUnit="&#181;m" TimeIncrement="3">` +
  `<Channel ID="Channel:0:0" Name="DAPI &amp; more"/><Channel ID="Channel:0:1"/>${tiffData}</Pixels></Image></OME>`;

describe("axes of a TIFF", () => {
  const cases: [string, string, number, readonly Axis[], readonly number[]][] = [
    ["nothing is said of one page", "by hand", 1, ["Y", "X"], [3, 4]],
    ["nothing is said of several", "by hand", 6, ["T", "Y", "X"], [6, 3, 4]],
    [
      "an ImageJ hyperstack",
      "ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n",
      12,
      ["T", "Z", "C", "Y", "X"],
      [2, 3, 2, 3, 4],
    ],
    ["an ImageJ stack", "ImageJ=1.54f\nimages=5\nslices=5\n", 5, ["Z", "Y", "X"], [5, 3, 4]],
    [
      "an ImageJ description of fewer pages",
      "ImageJ=1.54f\nimages=4\nslices=4\n",
      5,
      ["T", "Y", "X"],
      [5, 3, 4],
    ],
    ["an ImageJ stack that was stopped", "ImageJ=1.54f\nimages=8\nslices=8\n", 5, ["Z", "Y", "X"], [5, 3, 4]],
    [
      "an ImageJ hyperstack that was stopped",
      "ImageJ=1.54f\nimages=20\nchannels=2\nframes=10\nhyperstack=true\n",
      6,
      ["T", "C", "Y", "X"],
      [3, 2, 3, 4],
    ],
    [
      "an ImageJ hyperstack that was stopped within its first frame",
      "ImageJ=1.54f\nimages=60\nchannels=2\nslices=3\nframes=10\nhyperstack=true\n",
      6,
      ["Z", "C", "Y", "X"],
      [3, 2, 3, 4],
    ],
    [
      "an ImageJ hyperstack that was stopped within a later frame",
      "ImageJ=1.54f\nimages=60\nchannels=2\nslices=3\nframes=10\nhyperstack=true\n",
      8,
      ["T", "C", "Y", "X"],
      [4, 2, 3, 4],
    ],
    [
      "an ImageJ hyperstack that was stopped between channels",
      "ImageJ=1.54f\nimages=20\nchannels=2\nframes=10\nhyperstack=true\n",
      5,
      ["T", "Y", "X"],
      [5, 3, 4],
    ],
    ["OME, channels fastest", ome("CZT", [2, 3, 2]), 12, ["T", "Z", "C", "Y", "X"], [2, 3, 2, 3, 4]],
    ["OME, slices fastest", ome("ZCT", [2, 3, 1]), 6, ["C", "Z", "Y", "X"], [2, 3, 3, 4]],
    ["OME of other pages", ome("ZCT", [2, 3, 1]), 5, ["T", "Y", "X"], [5, 3, 4]],
    [
      "OME whose pages lie where it says",
      ome(
        "ZCT",
        [2, 2, 1],
        '<TiffData IFD="0"/><TiffData IFD="1" FirstZ="1"/><TiffData IFD="2" FirstC="1"/>',
      ),
      4,
      ["C", "Z", "Y", "X"],
      [2, 2, 3, 4],
    ],
    [
      "OME whose pages lie otherwise",
      ome("ZCT", [2, 2, 1], '<TiffData IFD="0"/><TiffData IFD="2" FirstZ="1"/>'),
      4,
      ["T", "Y", "X"],
      [4, 3, 4],
    ],
  ];
  test.each(cases)("%s", async (_, description, pages, axes, shape) => {
    expect(await described(description, pages)).toMatchObject({ axes, shape });
  });

  test.each<[string, number, number, readonly Axis[], readonly number[]]>([
    ["all", 0, 11, ["T", "C", "Z"], [2, 2, 3]],
    ["a time", 6, 11, ["C", "Z"], [2, 3]],
    ["slices of a channel", 7, 8, ["Z"], [2]],
    ["a page", 7, 7, [], []],
    ["a part of two channels", 2, 4, ["T"], [3]],
  ])("a range of pages: %s", async (_, first, last, axes, shape) => {
    const description = ome("ZCT", [2, 3, 2]);
    const bytes = countedBytes(handmadeTiff({ width: 4, height: 3, pages: 12, blocks: 3, description }));
    const source = await openImage("a.tif", bytes, { pages: { first, last } });
    expect(source).toMatchObject({ axes: [...axes, "Y", "X"], shape: [...shape, 3, 4] });
    const { data } = await source.read();
    const corners = Array.from({ length: last - first + 1 }, (_, i) => data[12 * i]);
    expect(corners).toEqual(Array.from(corners, (_, i) => pixelAt(first + i, 0, 0)));
  });
});

const opened = async (description: string, pages: number) => {
  const bytes = countedBytes(handmadeTiff({ width: 4, height: 3, pages, blocks: 3, description }));
  return (range?: readonly [number, number]) =>
    openImage("a.tif", bytes, range && { pages: { first: range[0], last: range[1] } });
};

/** The pages of the file that a source has, by their first pixels. */
const pagesOf = async (source: ImageSource): Promise<number[]> => {
  const { data } = await source.read();
  const firsts = Array.from({ length: 100 }, (_, page) => pixelAt(page, 0, 0));
  return Array.from({ length: data.length / 12 }, (_, i) => firsts.indexOf(data[12 * i]!));
};

describe("an image that lacks planes", () => {
  const imagej = "ImageJ=1.54f\nimages=60\nchannels=2\nslices=3\nframes=10\nhyperstack=true\n";
  const planes = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);

  test("says how its pages lie in the full one", async () => {
    const sparse = async (pages: number) => (await described(imagej, pages)).metadata.sparse;
    expect(await sparse(8)).toMatchObject({ axes: ["T", "Z", "C"], shape: [2, 3, 2], planes: planes(8) });
    expect(await sparse(5)).toMatchObject({ axes: ["Z", "C"], shape: [3, 2], planes: planes(5) });
    expect(await sparse(12)).toBeUndefined();
    expect(await sparse(1)).toBeUndefined();
    const tifffile = await described('{"shape": [2, 5, 3, 4], "axes": "CZYX"}', 7);
    expect(tifffile.metadata).toMatchObject({
      sparse: { axes: ["C", "Z"], shape: [2, 5], planes: planes(7) },
      notes: [expect.stringMatching(/^it describes 10 planes, 7 are there, 3 missing, /)],
    });
  });

  test("gives the planes of a selection that are there, along the axes that they fill", async () => {
    const whole = await described(`${imagej}spacing=0.5\nunit=um\n`, 17);
    const select = async (region: PlaneRegion) => {
      const source = selectRegion(whole, region);
      return { axes: source.axes.slice(0, -2), pages: await pagesOf(source), metadata: source.metadata };
    };
    expect(await select({ T: [0, 2] })).toMatchObject({
      axes: ["T", "Z", "C"],
      pages: Array.from(planes(12)),
      metadata: { calibration: { Z: { step: 0.5, unit: "um" } } },
    });
    expect((await select({ T: [0, 2] })).metadata).not.toHaveProperty("sparse");
    expect(await select({ C: 0 })).toMatchObject({
      axes: ["T", "Z"],
      pages: [0, 2, 4, 6, 8, 10, 12, 14, 16],
    });
    expect(await select({ Z: 0, C: [1, 2] })).toMatchObject({ axes: ["T", "C"], pages: [1, 7, 13] });
    const second = await select({ C: 1 });
    expect(second).toMatchObject({ axes: ["T"], pages: [1, 3, 5, 7, 9, 11, 13, 15] });
    expect(second.metadata.sparse).toMatchObject({ axes: ["T", "Z"], shape: [3, 3] });
    expect(() => selectRegion(whole, { C: 1, Z: 2, T: 2 })).toThrow(
      "a.tif lacks all planes of this selection, as of an acquisition that was stopped before",
    );
    expect(() => selectRegion(whole, { T: 3 })).toThrow("expected indices of T within 0 to 2, got 3");
  });

  test("has ranges of pages along the axes that they fill", async () => {
    const open = await opened(imagej, 17);
    expect(await open([0, 11])).toMatchObject({ axes: ["T", "Z", "C", "Y", "X"], shape: [2, 3, 2, 3, 4] });
    expect(await open([12, 15])).toMatchObject({ axes: ["Z", "C", "Y", "X"], shape: [2, 2, 3, 4] });
    expect(await open([0, 15])).toMatchObject({ axes: ["T", "C", "Y", "X"], shape: [8, 2, 3, 4] });
    const part = await open([3, 8]);
    expect(part).toMatchObject({ axes: ["T", "Y", "X"] });
    expect(await pagesOf(selectRegion(part, { C: 0 }))).toEqual([4, 6, 8]);
  });

  test("of OME keeps names of channels with their planes", async () => {
    const open = await opened(ome("ZTC", [2, 2, 3], '<TiffData IFD="0" PlaneCount="12"/>'), 9);
    const whole = await open();
    expect(whole.metadata.sparse).toMatchObject({
      axes: ["C", "T", "Z"],
      shape: [2, 3, 2],
      metadata: { channels: ["DAPI & more", ""] },
    });
    const all = selectRegion(whole, { C: 0 });
    expect(all).toMatchObject({ axes: ["T", "Z", "Y", "X"], metadata: { channels: ["DAPI & more"] } });
    expect(await open([0, 5])).toMatchObject({ axes: ["T", "Z", "Y", "X"], shape: [3, 2, 3, 4] });
    const rest = await open([6, 8]);
    expect(rest).toMatchObject({
      axes: ["T", "Y", "X"],
      metadata: { channels: [""], sparse: { axes: ["T", "Z"] } },
    });
    expect((await open([4, 7])).metadata.sparse?.axes).toEqual(["C", "T", "Z"]);
    expect(await pagesOf(selectRegion(whole, { Z: 1 }))).toEqual([1, 3, 5, 7]);
  });
});

test("planes that are described and not there are said, and what else contradicts the pages", async () => {
  const imagej = "ImageJ=1.54f\nimages=24\nchannels=2\nslices=3\nframes=4\nhyperstack=true\n";
  expect((await described(imagej, 12)).metadata.notes).toEqual([
    expect.stringMatching(/^it describes 24 planes, 12 are there, 12 missing, /),
  ]);
  expect((await described(imagej, 24)).metadata).not.toHaveProperty("notes");
  expect((await described("ImageJ=1.54f\nimages=8\nslices=8\n", 5)).metadata.notes).toHaveLength(1);
  const block = '<TiffData IFD="0" PlaneCount="24"/>';
  for (const pages of [4, 12]) {
    expect((await described(ome("CZT", [3, 4, 2], block), pages)).metadata.notes).toEqual([
      expect.stringMatching(`^it describes 24 planes, ${pages} are there, `),
    ]);
  }
  const whole = ome("CZT", [3, 4, 2], block);
  expect((await described(whole, 24)).metadata).not.toHaveProperty("notes");
  const other = whole.replace('SizeX="4"', 'SizeX="8" Type="uint8"');
  expect((await described(other, 24)).metadata.notes).toEqual([
    expect.stringMatching(/planes are 8 x 3 pixels, its pages are 4 x 3/),
    expect.stringMatching(/pixels are uint8, its pages have uint16/),
  ]);
});

test("axes that tifffile does not name are a plain stack that says so", async () => {
  const source = await described('{"shape": [5, 2, 3, 4]}', 10);
  expect(source).toMatchObject({ axes: ["T", "Y", "X"], shape: [10, 3, 4], metadata: { unnamed: [5, 2] } });
  expect((await described('{"shape": [10, 1, 3, 4]}', 10)).metadata).not.toHaveProperty("unnamed");
  expect((await described('{"shape": [5, 2, 3, 4]}', 9)).metadata.unnamed).toEqual([5, 2]);
  expect((await described('{"shape": [5, 2, 3, 4]}', 11)).metadata).not.toHaveProperty("unnamed");
  const named = await described('{"shape": [5, 2, 3, 4], "axes": "TCYX"}', 10);
  expect(named).toMatchObject({ axes: ["T", "C", "Y", "X"], shape: [5, 2, 3, 4] });
  expect(named.metadata).not.toHaveProperty("unnamed");
});

describe("what a TIFF says in the terms of all formats", () => {
  test("OME", async () => {
    expect((await described(ome("ZCT", [2, 3, 2]), 12)).metadata).toMatchObject({
      calibration: {
        T: { step: 3, unit: "s" },
        Z: { step: 2, unit: "um" },
        Y: { step: 100, unit: "nm" },
        X: { step: 0.1, unit: "um" },
      },
      channels: ["DAPI & more", ""],
    });
  });

  test("ImageJ", async () => {
    const description =
      "ImageJ=1.54f\nimages=2\nslices=2\nunit=\\u00B5m\nspacing=0.5\nfinterval=0.25\nmin=3.5\nmax=900.0\n";
    const { own: _, ...metadata } = (await described(description, 2)).metadata;
    expect(metadata).toEqual({
      calibration: { T: { step: 0.25, unit: "s" }, Z: { step: 0.5, unit: "um" } },
      displayRanges: [[3.5, 900]],
    });
  });

  test("ImageJ, with another unit along Z", async () => {
    const description = "ImageJ=1.54f\nimages=2\nslices=2\nunit=micron\nzunit=nm\nspacing=300\n";
    const { calibration } = (await described(description, 2)).metadata;
    expect(calibration).toEqual({ Z: { step: 300, unit: "nm" } });
  });

  test("free text", async () => {
    const { own: _, ...metadata } = (await described("by hand", 2)).metadata;
    expect(metadata).toEqual({ text: "by hand", plainStack: true });
  });
});

describe("an image of no format, written as a TIFF, keeps", () => {
  async function roundTrip(axes: readonly Axis[], shape: readonly number[], metadata: ImageMetadata) {
    const sink = blobSink();
    const header = {
      axes: [...axes, "Y", "X"] as const,
      shape: [...shape, 3, 4],
      dtype: "uint16" as const,
      metadata,
    };
    const writer = await createImage("a.tif", sink, header);
    for (let page = 0; page < pageCountOf(header); page++) {
      const image: Image = { width: 4, height: 3, dtype: "uint16", data: new Uint16Array(12).fill(page) };
      await writer.writePage(image);
    }
    await writer.close();
    const source = await openImage("a.tif", blobBytes(sink.blob(), "a.tif"));
    const { own, ...read } = source.metadata;
    expect(own?.format).toBe("TIFF");
    const text = new TextDecoder("latin1").decode(await sink.blob().arrayBuffer());
    return {
      source,
      read,
      by: text.includes("ImageJ=") ? "ImageJ" : text.includes("<OME") ? "OME" : "neither",
    };
  }

  const um = (step: number) => ({ step, unit: "um" });
  const cases: [string, readonly Axis[], readonly number[], ImageMetadata, string][] = [
    ["text", ["T"], [3], { text: "café, by hand" }, "neither"],
    ["nothing where there is nothing", [], [], {}, "neither"],
    ["the grey value of no value", ["T"], [2], { nodata: -1.5, text: "by hand" }, "neither"],
    ["it beside a description", ["Z"], [2], { nodata: 7, calibration: { Z: um(2) } }, "ImageJ"],
    [
      "axes, steps, one range, text",
      ["T", "Z", "C"],
      [2, 3, 2],
      {
        calibration: { T: { step: 1.5, unit: "s" }, Z: um(0.5), Y: um(0.065), X: um(0.065) },
        displayRanges: [[10, 4000.5]],
        text: "café",
      },
      "ImageJ",
    ],
    [
      "a range of each channel",
      ["C"],
      [2],
      {
        displayRanges: [
          [0, 1],
          [5, 9],
        ],
      },
      "ImageJ",
    ],
    [
      "a unit of other letters",
      ["Z"],
      [2],
      { calibration: { Y: { step: 2, unit: "Å" }, X: { step: 2, unit: "Å" } } },
      "ImageJ",
    ],
    ["names of channels", ["C"], [2], { channels: ["DAPI", "α <tubulin>"], text: "a & b" }, "OME"],
    ["axes in another order", ["T", "C", "Z"], [2, 2, 3], { calibration: { Z: um(0.5), X: um(0.1) } }, "OME"],
    ["axes alone", ["C", "Z"], [2, 3], {}, "OME"],
    ["several units", ["Z"], [2], { calibration: { Z: { step: 1, unit: "mm" }, Y: um(2), X: um(2) } }, "OME"],
    ["minutes", ["T"], [2], { calibration: { T: { step: 5, unit: "min" } } }, "OME"],
  ];
  test.each(cases)("%s", async (_, axes, shape, metadata, writer) => {
    const { source, read, by } = await roundTrip(axes, shape, metadata);
    expect(by).toBe(writer);
    expect(source).toMatchObject({ axes: [...axes, "Y", "X"], shape: [...shape, 3, 4] });
    const { plainStack, ...said } = read;
    expect(said).toEqual(metadata);
    // What a file that is no one's in particular does not say of times, unless they have a step.
    expect(plainStack === true).toBe(by === "neither" && axes.includes("T"));
    const last = await source.read(Object.fromEntries(axes.map((axis, i) => [axis, shape[i]! - 1])));
    expect(last.data[0]).toBe(pageCountOf(source) - 1);
  });

  test("the calibration alone where another quantity is at the same places", () => {
    const metadata: ImageMetadata = {
      calibration: { X: um(1) },
      channels: ["a"],
      displayRanges: [[0, 1]],
      text: "bright",
      own: { format: "Other", calibration: 1, display: 2 },
    };
    expect(calibrationOf(metadata)).toEqual({
      calibration: { X: um(1) },
      channels: ["a"],
      own: { format: "Other", calibration: 1 },
    });
  });
});
