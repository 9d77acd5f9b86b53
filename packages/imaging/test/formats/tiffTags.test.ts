import { describe, expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { blobSink } from "../../src/formats/sink.js";
import { encodeImagejMetadata, type ImagejRecord } from "../../src/formats/tiff/imagejMetadata.js";
import { keptTags, SharedValues } from "../../src/formats/tiff/keptTags.js";
import { directoriesOf, type TiffDirectory } from "../../src/formats/tiff/readDirectory.js";
import { imageMetadataOf, type TiffMetadata } from "../../src/formats/tiff/tiffMetadata.js";
import { ascii, rational, shorts, type Tag, TYPES } from "../../src/formats/tiff/tiffTags.js";
import { tiffMetadataOf } from "../../src/formats/tiff/tiffWritten.js";
import { castImage } from "../../src/image/castImage.js";
import type { PageRange } from "../../src/image/fileSpec.js";
import type { PixelType } from "../../src/image/image.js";
import { lazyStack, readPages } from "../../src/image/lazyStack.js";
import { calibrationOf } from "../../src/image/metadata.js";
import { type ImageSource, pageCountOf } from "../../src/image/source.js";
import { tiffBytes } from "./tiff/tiffBytes.js";

const SIDE = 20;

interface Written {
  readonly source: ImageSource;
  readonly tags: readonly (readonly Tag[])[];
  readonly bytes: Uint8Array;
}

/** A file of pages with a TIFF's own metadata, read again. */
async function file(
  pageCount: number,
  tiff: TiffMetadata,
  range?: PageRange,
  dtype: PixelType = "uint16",
): Promise<Written> {
  const sink = blobSink();
  const header = {
    axes: ["T", "Y", "X"],
    shape: [pageCount, SIDE, SIDE],
    dtype,
    metadata: imageMetadataOf(tiff),
  } as const;
  const writer = await createImage("a.tif", sink, header);
  for (let page = 0; page < pageCount; page++) {
    const data = Float64Array.from({ length: SIDE * SIDE }, (_, i) => ((page + 1) * 7919 * i) % 61);
    await writer.writePage(castImage({ width: SIDE, height: SIDE, data }, dtype));
  }
  await writer.close();
  return read(sink.blob(), range);
}

async function read(blob: Blob, range?: PageRange): Promise<Written> {
  const source = await openImage("a.tif", blobBytes(blob, "a.tif"), { ...(range && { pages: range }) });
  const { ofFile = [], ofPages = [] } = tiffMetadataOf(source);
  const tags = Array.from({ length: pageCountOf(source) }, (_, page) => [
    ...(page === 0 ? ofFile : []),
    ...(ofPages[page] ?? []),
  ]);
  return { source, tags, bytes: new Uint8Array(await blob.arrayBuffer()) };
}

/** What is written of what was read. */
async function copy({ source }: Written): Promise<Written> {
  const sink = blobSink();
  const writer = await createImage("b.tif", sink, source);
  for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
  await writer.close();
  return read(sink.blob());
}

const latin1 = Uint8Array.from("Gr\xf6\xdfe 0.16 \xb5m\0", (letter) => letter.charCodeAt(0));

test("ImageJ's description beside OME's, as of Micro-Manager, goes; the image's info stays, and the rest of its records is told", async () => {
  const ome =
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="4" SizeY="3" SizeC="1" SizeZ="1" SizeT="6"><Channel ID="Channel:0:0" SamplesPerPixel="1"/><TiffData IFD="0" PlaneCount="6"/></Pixels></Image></OME>';
  const text = (words: string): Uint8Array =>
    Uint8Array.from([...words].flatMap((letter) => [letter.charCodeAt(0), 0]));
  const info = { type: "info", bytes: text('{"Objective": "60x"}') } as const;
  const ranges = { type: "rang", bytes: new Uint8Array(Float64Array.of(0, 40).buffer) } as const;
  const layout = { 256: [4], 257: [3], 258: [8], 262: [1], 277: [1], 278: [3] };
  const micromanager = (records: readonly ImagejRecord[]): Blob => {
    const { counts, bytes } = encodeImagejMetadata(records);
    const own = { 50838: counts, 50839: { type: 1, values: [...bytes] } };
    const pages = Array.from({ length: 6 }, (_, page) => ({
      blocks: [Uint8Array.from({ length: 12 }, (_value, i) => page + i)],
      tags: { ...layout, ...(page === 0 && { 270: ome, ...own }) },
      ...(page === 0 && { again: { 270: "ImageJ=1.52a\nimages=6\nframes=6\n" } }),
    }));
    return new Blob([tiffBytes(pages)]);
  };
  const some = await copy(await read(micromanager([info, ranges]), { first: 1, last: 3 }));
  const written = new TextDecoder("latin1").decode(some.bytes);
  expect(written).not.toContain("ImageJ=");
  expect(written).toContain('SizeT="3"');
  const { imagej } = tiffMetadataOf(some.source);
  expect(imagej).toEqual([info]);
  const noted = /labels, colours and displayed ranges beside OME's description/;
  const notes = async (records: readonly ImagejRecord[]): Promise<string> =>
    ((await read(micromanager(records))).source.metadata?.notes ?? []).join();
  expect(await notes([info, ranges])).toMatch(noted);
  expect(await notes([info])).not.toMatch(noted);
});

describe("tags of pages", () => {
  const time = (page: number): Tag => ascii(270, `frameTimestamps_sec = ${page / 30}`);
  const ofFile = [
    ascii(306, "2024:02:03 04:05:06"),
    ascii(315, "A. Person"),
    { tag: 34118, type: TYPES.BYTE, bytes: Uint8Array.of(1, 2, 3) },
  ];
  const ofPages = [0, 1, 2, 3].map((page) => [
    time(page),
    rational(282, [5, 1]),
    shorts(274, [3]),
    ascii(285, "DAPI"),
    ascii(65000, "own words"),
  ]);

  test("are written back to the pages they belong to", async () => {
    const first = await file(4, { ofFile, ofPages });
    expect(first.tags.map((tags) => new Set(tags))).toEqual(
      ofPages.map((tags, page) => new Set([...tags, ...(page === 0 ? ofFile : [])])),
    );
    expect((await copy(first)).tags).toEqual(first.tags);
    expect(first.source.metadata).toMatchObject({ text: "frameTimestamps_sec = 0" });
  });

  test("of a selection are those of its pages, and those of the file", async () => {
    const first = await file(4, { ofFile, ofPages }, { first: 2, last: 3 });
    expect(first.tags[0]).toEqual(expect.arrayContaining([time(2), ...ofFile]));
    expect(first.tags[1]).toEqual(expect.arrayContaining([time(3)]));
    expect((await copy(first)).tags).toEqual(first.tags);
  });

  test("of another quantity at the same places are all but descriptions", async () => {
    const { source } = await file(4, { ofFile, ofPages });
    const kept = tiffMetadataOf({ ...source, metadata: calibrationOf(source.metadata) });
    expect(kept.ofFile).toEqual(ofFile);
    expect(new Set(kept.ofPages![3])).toEqual(new Set(ofPages[3]!.slice(1)));
  });

  test("text that is no UTF-8 is kept byte by byte", async () => {
    const text: Tag = { tag: 270, type: TYPES.ASCII, bytes: latin1 };
    const first = await file(1, { ofFile: [text] });
    expect(first.source.metadata.text).toBe("Größe 0.16 µm");
    expect((await copy(first)).tags).toEqual([[text]]);
  });

  test("so is a description of ImageJ's", async () => {
    const description = "ImageJ=1.40\nimages=4\nslices=4\nunit=\xb5m\n";
    const first = await file(
      4,
      { description, latin1: true, planes: { axes: ["Z"], shape: [4] } },
      { first: 1, last: 3 },
    );
    const { bytes } = await copy(first);
    expect(new TextDecoder("latin1").decode(bytes)).toContain("unit=\xb5m\n\0");
  });

  test("that describe the file are none of later pages, where they would not be true", async () => {
    const of = (page: number): Tag[] => (page === 0 ? [] : [ascii(270, '{"shape": [2, 20, 20]}')]);
    expect((await file(4, { ofPages: [0, 1, 2, 3].map(of) })).tags).toEqual([[], [], [], []]);
  });

  test("that say how pixels are stored, hold offsets, or measure the pixels that were there are not kept", async () => {
    const stored = [
      shorts(266, [2]),
      shorts(339, [1]),
      shorts(280, [7]),
      shorts(297, [1, 4]),
      shorts(34665, [8]),
      shorts(33628, [3]),
      shorts(34412, [1]),
    ];
    expect((await file(1, { ofFile: stored })).tags).toEqual([[]]);
  });
});

test("of a hundred thousand pages, what is the same is there once", async () => {
  const description = ascii(270, "the same text on all pages".repeat(20));
  const first = await file(300, {
    ofPages: Array.from({ length: 300 }, (_, page) => [description, ascii(285, `page ${page % 2}`)]),
  });
  const lists = tiffMetadataOf(first.source).ofPages!;
  expect(new Set(lists).size).toBe(2);
  expect(new Set(lists.map((tags) => tags.find(({ tag }) => tag === 270))).size).toBe(1);
});

describe("values of big-endian files, and of none", () => {
  const entry = (tag: number, type: number, count: number, value: readonly number[]): number[] => {
    return [tag >> 8, tag & 255, 0, type, 0, 0, 0, count, ...value];
  };

  test("are turned round by their type, and left out where they end after the file", async () => {
    const bytes = Uint8Array.from([
      ...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8],
      ...[0, 4],
      ...entry(274, 3, 1, [0, 6, 0, 0]),
      ...entry(282, 5, 1, [0, 0, 0, 62]),
      ...entry(285, 2, 3, [0x61, 0x62, 0, 0]),
      ...entry(305, 2, 200, [0, 0, 0, 62]),
      ...[0, 0, 0, 0],
      ...[0, 0, 0, 5, 0, 0, 1, 0],
    ]);
    const directories = directoriesOf(blobBytes(new Blob([bytes]), "a"), "a");
    const { value } = await directories.next();
    expect(await keptTags(value as TiffDirectory, new SharedValues(bytes.length))).toEqual([
      shorts(274, [6]),
      rational(282, [5, 256]),
      ascii(285, "ab"),
    ]);
  });
});

describe("how pixels are stored", () => {
  const tile = { width: 16, height: 16 };
  test.each(["uint8", "uint16", "int16", "float32"] as const)(
    "%s in tiles, deflated: the same pixels, stored the same way again",
    async (dtype) => {
      const plain = await file(2, {}, undefined, dtype);
      const first = await file(2, { storage: { compression: "deflate", tile } }, undefined, dtype);
      expect(first.source.chunks).toEqual([1, 16, 16]);
      expect((await first.source.read()).data).toEqual((await plain.source.read()).data);
      const window = { T: 1, Y: [3, 19], X: [15, 18] } as const;
      expect((await first.source.read(window)).data).toEqual((await plain.source.read(window)).data);
      const again = await copy(first);
      expect(again.bytes).toEqual(first.bytes);
      expect(first.bytes.length).toBeLessThan(plain.bytes.length);
    },
  );

  test("what the header says comes before", async () => {
    const { source } = await file(1, { storage: { compression: "deflate" } });
    const sink = blobSink();
    const writer = await createImage("b.tif", sink, { ...source, compression: "none" });
    for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
    await writer.close();
    const metadata = tiffMetadataOf((await read(sink.blob())).source);
    expect(metadata.storage).toEqual({ compression: "none" });
  });
});

test("of what is lost with a tag, a sentence", async () => {
  const directory = (tag: number): Uint8Array =>
    Uint8Array.from([
      ...[0x49, 0x49, 42, 0, 8, 0, 0, 0, 9, 0],
      ...[0, 1, 4, 0, 1, 0, 0, 0, 2, 0, 0, 0],
      ...[1, 1, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0],
      ...[2, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0],
      ...[3, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0],
      ...[6, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0],
      ...[17, 1, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0],
      ...[22, 1, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0],
      ...[23, 1, 4, 0, 1, 0, 0, 0, 2, 0, 0, 0],
      ...[tag & 255, tag >> 8, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0],
      ...[0, 0, 0, 0],
    ]);
  const notesOf = async (tag: number) =>
    (await openImage("a.tif", blobBytes(new Blob([Uint8Array.from(directory(tag))]), "a.tif"))).metadata
      .notes;
  expect(await notesOf(330)).toEqual(["its smaller copies are not kept"]);
  expect(await notesOf(34412)).toEqual([expect.stringContaining("the Zeiss LSM")]);
  expect(await notesOf(33432)).toBeUndefined();
});
