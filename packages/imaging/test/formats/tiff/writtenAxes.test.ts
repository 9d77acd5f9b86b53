import { describe, expect, test } from "vitest";
import { createImage } from "../../../src/formats/createImage.js";
import { openImage } from "../../../src/formats/openImage.js";
import { blobBytes } from "../../../src/formats/randomAccess.js";
import { blobSink } from "../../../src/formats/sink.js";
import { writableAs } from "../../../src/formats/writableAs.js";
import type { PageRange } from "../../../src/image/fileSpec.js";
import { lazyStack, readPages } from "../../../src/image/lazyStack.js";
import { calibrationOf } from "../../../src/image/metadata.js";
import { type PlaneRegion, selectRegion } from "../../../src/image/selectRegion.js";
import type { ImageSource } from "../../../src/image/source.js";
import { countedBytes } from "../handmadeTiff.js";
import { shippedMatrix } from "./decodingMatrix.js";
import { type TagValues, tiffBytes } from "./tiffBytes.js";

const provenance = { software: "clidim 1", details: [["Method", "none"] as const] };

const open = (bytes: Uint8Array, pages?: PageRange): Promise<ImageSource> =>
  openImage("a.tif", countedBytes(bytes), pages && { pages });

/** What is written of a source, read again. */
async function written(source: ImageSource): Promise<ImageSource> {
  const sink = blobSink();
  const { axes, shape, dtype, metadata } = source;
  const header = { axes, shape, dtype, metadata, provenance, format: writableAs(source).format };
  const writer = await createImage("copy.tif", sink, header);
  for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
  await writer.close();
  return openImage("copy.tif", blobBytes(sink.blob(), "copy.tif"));
}

/** The axes, the shape and the pixels of a source are those of what is written of it. */
async function expectSame(source: ImageSource, name: string): Promise<ImageSource> {
  const copy = await written(source);
  const of = ({ axes, shape, dtype }: ImageSource): unknown => ({ name, axes, shape, dtype });
  expect(of(copy)).toEqual(of(source));
  expect((await copy.read()).data).toEqual((await source.read()).data);
  return copy;
}

const [WIDTH, HEIGHT] = [5, 4];
const planeOf = (index: number): Uint8Array =>
  new Uint8Array(Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => 1000 * index + 37 * i).buffer);

const short = (...values: readonly number[]): TagValues => ({ type: 3, values });

/** Pages of so many samples each, stored apart, with a description of the first page. */
function samplesApart(pages: number, samples: number, description?: string): Uint8Array<ArrayBuffer> {
  const of = (page: number): Readonly<Record<number, TagValues | undefined>> => ({
    ...{ 256: [WIDTH], 257: [HEIGHT], 258: short(...Array.from({ length: samples }, () => 16)) },
    ...{ 259: short(1), 262: short(1), 277: short(samples), 278: [HEIGHT], 284: short(2) },
    ...(page === 0 && description !== undefined && { 270: description }),
    ...{ 282: { type: 5, values: [100000, 65] }, 283: { type: 5, values: [100000, 65] }, 296: short(3) },
  });
  return tiffBytes(
    Array.from({ length: pages }, (_, page) => {
      const blocks = Array.from({ length: samples }, (__, sample) => planeOf(page * samples + sample));
      return { blocks, tags: of(page) };
    }),
  );
}

/** MetaMorph's planes at distances from one another, behind the only directory. */
function metamorph(planes: number, description?: string): Uint8Array<ArrayBuffer> {
  const values = Array.from({ length: planes }, () => [500, 1, 2451545, 1000, 2451545, 1000]).flat();
  const all = Array.from({ length: planes }, (_, plane) => [...planeOf(plane)]).flat();
  const bytes = tiffBytes([
    {
      blocks: [Uint8Array.from(all)],
      tags: {
        ...{ 256: [WIDTH], 257: [HEIGHT], 258: short(16), 259: short(1), 262: short(1), 277: short(1) },
        ...{ 278: [HEIGHT], 279: [2 * WIDTH * HEIGHT] },
        ...(description !== undefined && { 270: description }),
        33629: { type: 5, values },
      },
    },
  ]);
  // It counts planes, not numbers.
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(4, true);
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, true) === 33629) view.setUint32(entry + 4, planes, true);
  }
  return bytes;
}

describe("axes that no description has named are those of the result, too", () => {
  test("in every way of storing pixels", async () => {
    const matrix = shippedMatrix();
    for (const [{ file }, bytes] of matrix) await expectSame(await open(bytes), file);
    expect(matrix.filter(([{ axis }]) => axis === "C").length).toBeGreaterThan(50);
  }, 120_000);

  const [frames, channels] = [3, 2];
  const count = frames * channels;
  const descriptions: Readonly<Record<string, string | undefined>> = {
    nothing: undefined,
    text: "Größe 0.16 µm; 'A' < B",
    "ImageJ, which counts images": `ImageJ=1.54f\nimages=${count}\nunit=um\n`,
    "ImageJ, which counts other images": "ImageJ=1.54f\nimages=7\nslices=7\nunit=um\n",
    "tifffile's shape": `{"shape": [${frames}, ${channels}, ${HEIGHT}, ${WIDTH}], "sample": 7}`,
    "tifffile's shape of the first versions": `shape=(${frames},${channels},${HEIGHT},${WIDTH})`,
    "tifffile's shape of samples side by side": `{"shape": [${frames}, ${HEIGHT}, ${WIDTH}, ${channels}]}`,
    "tifffile's axes that are others": `{"shape": [${frames}, ${HEIGHT}, ${WIDTH}, ${channels}], "axes": "QYXS"}`,
    "another shape of tifffile's": '{"shape": [9, 8, 7]}',
  };
  // With samples it is refused, which it may count in another way.
  const damaged = { "damaged XML": '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">' };
  test.each(Object.entries(descriptions))("samples, described by %s", async (name, description) => {
    const bytes = samplesApart(frames, channels, description);
    const source = await open(bytes);
    expect(source).toMatchObject(
      name === "ImageJ, which counts images"
        ? { axes: ["T", "Y", "X"] }
        : { axes: ["T", "C", "Y", "X"], shape: [frames, channels, HEIGHT, WIDTH] },
    );
    const copy = await expectSame(source, name);
    await expectSame(copy, `${name}, twice`);
    expect(copy.metadata.calibration).toEqual(source.metadata.calibration);
    const one = await open(samplesApart(1, channels, description));
    expect((await expectSame(one, `${name}, one page`)).axes).toEqual(["C", "Y", "X"]);
    await expectSame(await open(bytes, { first: 2, last: 5 }), `${name}, pages 2 to 5`);
    await expectSame(await open(bytes, { first: 1, last: 3 }), `${name}, pages 1 to 3`);
    const regions: readonly PlaneRegion[] = [{ T: 1 }, { T: [1, 3] }, { C: 1 }];
    for (const region of source.axes.includes("T") && source.axes.includes("C") ? regions : []) {
      await expectSame(selectRegion(source, region), `${name}, ${JSON.stringify(region)}`);
    }
    await expectSame({ ...source, metadata: calibrationOf(source.metadata) }, `${name}, a map`);
  });

  test.each(Object.entries({ ...descriptions, ...damaged }))(
    "MetaMorph's depths, described by %s",
    async (name, description) => {
      const source = await open(metamorph(count, description));
      await expectSame(source, name);
      await expectSame(selectRegion(source, { [source.axes[0]!]: [1, 3] }), `${name}, two`);
      await expectSame(selectRegion(source, { [source.axes[0]!]: 2 }), `${name}, one`);
    },
  );

  test("with the text of the file, once", async () => {
    const text = descriptions.text!;
    for (const bytes of [samplesApart(frames, channels, text), metamorph(count, text)]) {
      const source = await open(bytes);
      expect(source.metadata.text).toBe(text);
      const copy = await written(source);
      expect(copy.metadata.text).toMatch(/^Größe 0\.16 µm; 'A' < B\n/);
      // Nobody but the format of TIFFs makes an own part of this name.
      const { display } = copy.metadata.own as unknown as { display: { description: string } };
      expect(display.description).toMatch(/^ImageJ=/);
    }
  });
});

test("ImageJ's steps in um are those of tags in cm, where these say so", async () => {
  const fileOf = (unit: string, resolutionUnit: number): Uint8Array =>
    tiffBytes([
      {
        blocks: [planeOf(0)],
        tags: {
          ...{ 256: [WIDTH], 257: [HEIGHT], 258: short(16), 259: short(1), 262: short(1), 277: short(1) },
          ...{ 270: `ImageJ=1.54f\nunit=${unit}\n`, 278: [HEIGHT] },
          // 50,000 and 25,000 pixels on a centimetre.
          ...{ 282: { type: 5, values: [50_000, 1] }, 283: { type: 5, values: [25_000, 1] } },
          296: short(resolutionUnit),
        },
      },
    ]);
  const stepsOf = async (unit: string, resolutionUnit: number): Promise<number[]> => {
    const { calibration } = (await expectSame(await open(fileOf(unit, resolutionUnit)), "copy.tif")).metadata;
    expect(calibration!.X!.unit).toBe(unit);
    return [calibration!.X!.step, calibration!.Y!.step];
  };
  const inCentimetres = await stepsOf("um", 3);
  expect(inCentimetres[0]).toBeCloseTo(0.2, 12);
  expect(inCentimetres[1]).toBeCloseTo(0.4, 12);
  expect(await stepsOf("um", 1)).toEqual([1 / 50_000, 1 / 25_000]);
  expect(await stepsOf("cm", 3)).toEqual([1 / 50_000, 1 / 25_000]);
});
