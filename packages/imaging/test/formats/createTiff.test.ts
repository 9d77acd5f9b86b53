import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { openAtomic } from "../../src/files/atomicWrite.js";
import { createImageFile, writeImageFile } from "../../src/files/createImageFile.js";
import { openImageFile, openStack, readStack } from "../../src/files/openImageFile.js";
import type { ImageHeader } from "../../src/formats/format.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobSink } from "../../src/formats/sink.js";
import { createTiff } from "../../src/formats/tiff/createTiff.js";
import { tagsOfPage } from "../../src/formats/tiff/pageTags.js";
import { imageMetadataOf, type TiffMetadata } from "../../src/formats/tiff/tiffMetadata.js";
import { ascii, rational, shorts } from "../../src/formats/tiff/tiffTags.js";
import { tiffMetadataOf } from "../../src/formats/tiff/tiffWritten.js";
import { type Image, type PixelArrays, type PixelType, pixelArray } from "../../src/image/image.js";
import { InputError } from "../../src/image/inputError.js";
import { calibrationOf, type ImageMetadata } from "../../src/image/metadata.js";
import { countedBytes } from "./handmadeTiff.js";
import { tiffFixtures } from "./tiffFixtures.js";

const folder = temporaryFolder();

function page(dtype: PixelType, seed: number, width = 13, height = 7): Image {
  const data = pixelArray(dtype, width * height);
  for (let i = 0; i < data.length; i++) data[i] = ((i + seed) * 7919) % 65537;
  return { width, height, dtype, data };
}

const header = (dtype: PixelType, pages: number, width = 13, height = 7): ImageHeader => {
  return { axes: ["T", "Y", "X"], shape: [pages, height, width], dtype };
};

async function openMetadata(path: string): Promise<ImageMetadata> {
  const source = await openImageFile(path);
  await source.close();
  return source.metadata;
}

/** The metadata of a TIFF's own that is written of a file. */
async function tiffMetadataIn(path: string): Promise<TiffMetadata> {
  const source = await openImageFile(path);
  await source.close();
  return tiffMetadataOf(source);
}

describe("what is written is read back", () => {
  const cases = (["uint8", "uint16", "int16", "float32"] as const).flatMap((dtype) =>
    (["none", "deflate"] as const).flatMap((compression) =>
      [false, true].map((bigTiff) => ({ dtype, compression, bigTiff })),
    ),
  );
  test.each(cases)(
    "$dtype, compression $compression, BigTIFF $bigTiff",
    async ({ dtype, compression, bigTiff }) => {
      const path = join(folder, "round.tif");
      const pages = [0, 1, 2].map((seed) => page(dtype, seed));
      const resolution = [rational(282, [100000, 6500]), rational(283, [100000, 6500])];
      const metadata: TiffMetadata = {
        description: "ImageJ=1.54f\nimages=3\nslices=3\nunit=um\nspacing=0.5\n",
        ofFile: [ascii(305, "camera 3")],
        ofPages: [resolution, resolution, [...resolution, ascii(285, "the last"), shorts(296, [1])]],
      };
      const axes = ["Z", "Y", "X"] as const;
      const described = { ...header(dtype, 3), axes, compression, metadata: imageMetadataOf(metadata) };
      const writer = await createTiff(await openAtomic(path), described, { bigTiff });
      for (const each of pages) await writer.writePage(each);
      await writer.close();
      expect(readFileSync(path).readUInt16LE(2)).toBe(bigTiff ? 43 : 42);
      const stack = await readStack(path);
      expect(stack).toEqual({ name: path, width: 13, height: 7, dtype, pages });
      const planes = { axes: ["Z"], shape: [3] };
      expect(await tiffMetadataIn(path)).toEqual({ ...metadata, storage: { compression } });
      expect((await openMetadata(path)).own?.display).toMatchObject({ planes });
    },
  );

  test("a view into a larger buffer", async () => {
    const path = join(folder, "view.tif");
    const all = Uint16Array.from({ length: 40 }, (_, i) => i);
    const part: Image = { width: 4, height: 5, dtype: "uint16", data: all.subarray(10, 30) };
    await writeImageFile(path, [part]);
    expect([...(await readStack(path)).pages[0]!.data]).toEqual([...part.data]);
  });

  test("uncompressed planes are contiguous from the first strip on", async () => {
    const path = join(folder, "planes.tif");
    const pages = [0, 1, 2].map((seed) => page("uint16", seed));
    await writeImageFile(path, pages);
    const bytes = readFileSync(path);
    const expected = Buffer.concat(pages.map(({ data }) => Buffer.from(data.buffer)));
    expect(bytes.subarray(16, 16 + expected.length).equals(expected)).toBe(true);
  });

  test.each(["uint8", "uint16", "int16", "float32"] as const)(
    "%s, compressed: in strips of about 256 KiB, of which a window inflates those that it touches",
    async (dtype) => {
      const [width, height] = [700, 1100];
      const whole = page(dtype, 7, width, height);
      const sink = blobSink();
      const writer = await createTiff(sink, { ...header(dtype, 1, width, height), compression: "deflate" });
      await writer.writePage(whole);
      await writer.close();
      const bytes = countedBytes(new Uint8Array(await sink.blob().arrayBuffer()));
      const source = await openImage("large.tif", bytes);
      const rows = source.chunks.at(-2)!;
      expect(rows * width * whole.data.BYTES_PER_ELEMENT).toBeGreaterThan(2 ** 17);
      expect(rows * width * whole.data.BYTES_PER_ELEMENT).toBeLessThan(2 ** 19);
      const opened = bytes.bytesRead;
      const [top, bottom] = [2 * rows - 2, 2 * rows + 3];
      const window = await source.read({ Y: [top, bottom] });
      const isPart = (part: PixelArrays[PixelType], from: number): boolean =>
        part.every((value, i) => value === whole.data[from + i]);
      expect(window.data).toHaveLength((bottom - top) * width);
      expect(isPart(window.data, top * width)).toBe(true);
      expect(bytes.bytesRead - opened).toBeLessThan((2.1 * rows * bytes.byteLength) / height);
      expect(isPart((await source.read()).data, 0)).toBe(true);
    },
  );

  test("many pages, one by one", async () => {
    const path = join(folder, "many.tif");
    const writer = await createImageFile(path, header("uint8", 300, 3, 3));
    for (let i = 0; i < 300; i++) await writer.writePage(page("uint8", i, 3, 3));
    await writer.close();
    const stack = await readStack(path);
    expect(stack.pages).toHaveLength(300);
    expect(stack.pages[299]).toEqual(page("uint8", 299, 3, 3));
  });
});

describe("nothing half-written", () => {
  test("a failing page leaves the old file and nothing else", async () => {
    const path = join(folder, "old.tif");
    writeFileSync(path, "old");
    const before = readdirSync(folder).sort();
    await expect(writeImageFile(path, [page("uint8", 0), page("uint8", 0, 5, 5)])).rejects.toThrow(
      /expected pages of 13 x 7 uint8, page 1 is 5 x 5 uint8/,
    );
    await expect(writeImageFile(path, [])).rejects.toThrow(/at least one page/);
    const early = await createImageFile(path, header("uint8", 2));
    await early.writePage(page("uint8", 0));
    await expect(early.close()).rejects.toThrow(`write ${path}: expected 2 pages, got 1`);
    const late = await createImageFile(path, header("uint8", 1));
    await late.writePage(page("uint8", 0));
    await expect(late.writePage(page("uint8", 1))).rejects.toThrow(/expected 1 pages, got more/);
    const given = await createImageFile(path, header("uint8", 1));
    await given.writePage(page("uint8", 0));
    await given.abort();
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test("the name appears on close", async () => {
    const path = join(folder, "late.tif");
    const writer = await createImageFile(path, header("uint8", 1));
    await writer.writePage(page("uint8", 0));
    expect(existsSync(path)).toBe(false);
    await writer.close();
    expect(existsSync(path)).toBe(true);
  });

  test("a missing folder is an InputError", async () => {
    const path = join(folder, "none", "a.tif");
    await expect(writeImageFile(path, [page("uint8", 0)])).rejects.toThrow(InputError);
    await expect(writeImageFile(path, [page("uint8", 0)])).rejects.toThrow(
      `write ${path}: no such file or folder`,
    );
  });
});

describe("how an image is displayed survives the round trip", () => {
  /** A file of tifffile's, and its pages and metadata after they were read and written. */
  async function roundTrip(name: string, range = "") {
    const [path, copy] = [join(folder, "shown.tif"), join(folder, "copy.tif")];
    writeFileSync(path, Buffer.from(tiffFixtures[name]!, "base64"));
    const { source, close } = await openStack(`${path}${range}`);
    await close();
    const { pages } = await readStack(`${path}${range}`);
    const { axes, shape } = source;
    await writeImageFile(copy, pages, { axes, shape, metadata: source.metadata });
    expect((await readStack(copy)).pages).toEqual(pages);
    const [metadata, again] = [tiffMetadataOf(source), await tiffMetadataIn(copy)];
    return { source, metadata, again, pages, bytes: readFileSync(copy) };
  }

  /** The one value of a tag of the first page. */
  function tagOf(bytes: Buffer, tag: number): number | undefined {
    const directory = bytes.readUInt32LE(4);
    const entries = Array.from({ length: bytes.readUInt16LE(directory) }, (_, i) => directory + 2 + 12 * i);
    const entry = entries.find((at) => bytes.readUInt16LE(at) === tag);
    return entry === undefined ? undefined : bytes.readUInt16LE(entry + 8);
  }

  test("white is zero: the pixels of the file, and its tag", async () => {
    const { metadata, again, pages, bytes } = await roundTrip("uint8 white is zero");
    expect(metadata.whiteIsZero).toBe(true);
    expect(again).toEqual(metadata);
    expect([...pages[0]!.data.subarray(0, 3)]).toEqual([0, 11, 22]);
    expect(tagOf(bytes, 262)).toBe(0);
  });

  test("a lookup table of colours", async () => {
    const { metadata, again, pages, bytes } = await roundTrip("uint8 with colours");
    expect(metadata.colorMap).toHaveLength(768);
    expect([...metadata.colorMap!.subarray(255, 259)]).toEqual([0, 0, 257, 514]);
    expect(again).toEqual(metadata);
    expect([...pages[0]!.data.subarray(0, 3)]).toEqual([0, 11, 22]);
    expect(tagOf(bytes, 262)).toBe(3);
  });

  test("ImageJ's lookup tables, ranges, labels and info, from a big-endian file", async () => {
    const { source, metadata, again } = await roundTrip("imagej big-endian with lookup tables");
    expect(source.metadata.channelColours).toEqual(["#ff0000", "#00ff00"]);
    expect(again.imagej).toHaveLength(6);
    expect(new Set(again.imagej)).toEqual(new Set(metadata.imagej));
    const text = (type: string): string[] =>
      again
        .imagej!.filter((record) => record.type === type)
        .map(({ bytes }) => Buffer.from(bytes).toString("utf16le"));
    expect(text("info")).toEqual(["camera µm"]);
    expect(text("labl")).toEqual(["first", "zweite µ"]);
    const range = Buffer.from(again.imagej!.find(({ type }) => type === "rang")!.bytes);
    expect([0, 8, 16, 24].map((at) => range.readDoubleLE(at))).toEqual([0, 300, 900, 1400.5]);
    const tables = again.imagej!.filter(({ type }) => type === "luts");
    expect(tables.map(({ bytes }) => [bytes[255], bytes[511], bytes[767]])).toEqual([
      [255, 0, 0],
      [0, 255, 0],
    ]);
  });

  test("of a selection of pages, what is true of it", async () => {
    const { again } = await roundTrip("imagej big-endian with lookup tables", "#1");
    expect(again.description).toBe("ImageJ=1.11a\nmin=900\nmax=1400.5\nmode=composite\n");
    const records = again.imagej ?? [];
    expect(records.map(({ type }) => type)).toEqual(["info", "labl", "rang", "luts"]);
    const [, label, range, table] = records.map(({ bytes }) => Buffer.from(bytes));
    expect(label!.toString("utf16le")).toBe("zweite µ");
    expect([range!.readDoubleLE(0), range!.readDoubleLE(8), range!.length]).toEqual([900, 1400.5, 16]);
    expect([table![255], table![511], table![767]]).toEqual([0, 255, 0]);
  });

  test("records that do not fit are left out", async () => {
    const bytes = Buffer.from(tiffFixtures["imagej big-endian with lookup tables"]!, "base64");
    bytes.write("XXXX", bytes.indexOf("IJIJ"));
    const path = join(folder, "unfit.tif");
    writeFileSync(path, bytes);
    expect((await tiffMetadataIn(path)).imagej).toBeUndefined();
  });

  test("of other quantities than grey values the calibration alone is true", () => {
    const description = "ImageJ=1.54f\nimages=2\nunit=um\nmin=3.0\nmax=900.0\n";
    const metadata: TiffMetadata = {
      description,
      ofPages: [[rational(282, [5, 1]), ascii(270, "bright")]],
      whiteIsZero: true,
      imagej: [],
    };
    const kept = (tiff: TiffMetadata): TiffMetadata =>
      tiffMetadataOf({ ...header("float32", 2), metadata: calibrationOf(imageMetadataOf(tiff)) });
    expect(kept(metadata)).toEqual({
      description: "ImageJ=1.54f\nimages=2\nunit=um\n",
      ofPages: [[rational(282, [5, 1])]],
    });
  });
});

describe("descriptions count the planes that are written", () => {
  const describedAs = (description: string, axes: ImageHeader["axes"], shape: readonly number[]) =>
    tiffMetadataOf({ axes, shape, dtype: "uint16", metadata: imageMetadataOf({ description }) }).description;
  const imagej =
    "ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\nhyperstack=true\nmode=grayscale\nunit=um\nmin=0.0\n";

  test("ImageJ's", () => {
    expect(describedAs(imagej, ["Z", "C", "Y", "X"], [3, 2, 7, 9])).toBe(imagej);
    expect(describedAs(imagej, ["T", "Y", "X"], [4, 7, 9])).toBe(
      "ImageJ=1.54f\nimages=4\nframes=4\nhyperstack=true\nunit=um\nmin=0.0\n",
    );
    expect(describedAs(imagej, ["Y", "X"], [7, 9])).toBe("ImageJ=1.54f\nunit=um\nmin=0.0\n");
  });

  test("tifffile's", () => {
    const shaped = (shape: readonly number[], axes: ImageHeader["axes"]) =>
      describedAs('{"shape": [6, 7, 9], "sample": 3, "truncated": true}', axes, shape);
    expect(shaped([6, 7, 9], ["T", "Y", "X"])).toBe('{"shape":[6,7,9],"sample":3}');
    expect(shaped([3, 7, 9], ["T", "Y", "X"])).toBe('{"shape":[3,7,9],"sample":3}');
    const named = '{"shape": [2, 3, 7, 9], "axes": "CZYX"}';
    expect(describedAs(named, ["C", "Z", "Y", "X"], [2, 3, 7, 9])).toBe(named);
    expect(describedAs(named, ["Z", "Y", "X"], [3, 7, 9])).toBe('{"shape":[3,7,9],"axes":"ZYX"}');
    expect(describedAs("shape=(6,7,9)", ["T", "Y", "X"], [2, 7, 9])).toBe('{"shape":[2,7,9]}');
  });
});

test("tags of more values than a call takes arguments: lookup tables, tiles, ImageJ's records", () => {
  const many = 200_000;
  const colorMap = Uint16Array.from({ length: 3 * 65536 }, (_, i) => i % 65521);
  const imagej = Array.from({ length: many }, () => ({ type: "labl", bytes: new Uint8Array(2) }) as const);
  const storage = { compression: "none", tile: { width: 16, height: 16 } } as const;
  const format = { width: 16 * many, height: 16, dtype: "uint16", storage, rowsPerStrip: 16 } as const;
  const blocks = Array.from({ length: many }, (_, i) => ({ offset: 16 + 512 * i, bytes: 512 }));
  for (const [big, place] of [
    [false, 4],
    [true, 8],
  ] as const) {
    const tags = tagsOfPage(0, format, blocks, { colorMap, imagej }, big);
    const bytes = new Map(tags.map((tag) => [tag.tag, tag.bytes]));
    expect(bytes.get(320)!.length).toBe(2 * colorMap.length);
    expect(bytes.get(324)!.length).toBe(place * many);
    expect(bytes.get(325)!.length).toBe(place * many);
    expect(bytes.get(50838)!.length).toBe(4 * (many + 1));
  }
});
