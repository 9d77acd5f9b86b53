import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createImage } from "../../../src/formats/createImage.js";
import { openImage } from "../../../src/formats/openImage.js";
import { blobBytes } from "../../../src/formats/randomAccess.js";
import { blobSink } from "../../../src/formats/sink.js";
import { lazyStack, readPages } from "../../../src/image/lazyStack.js";
import { calibrationOf } from "../../../src/image/metadata.js";
import { selectRegion } from "../../../src/image/selectRegion.js";
import type { ImageSource } from "../../../src/image/source.js";
import { countedBytes } from "../handmadeTiff.js";
import { type TagValues, tiffBytes } from "./tiffBytes.js";

const [WIDTH, HEIGHT] = [5, 4];
const planeOf = (index: number): Uint8Array =>
  new Uint8Array(Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => 1000 * index + 37 * i).buffer);
const short = (...values: readonly number[]): TagValues => ({ type: 3, values });
const layout = {
  ...{
    256: [WIDTH],
    257: [HEIGHT],
    258: short(16),
    259: short(1),
    262: short(1),
    277: short(1),
    278: [HEIGHT],
  },
  // As many programs write without meaning it.
  ...{ 282: { type: 5, values: [72, 1] }, 283: { type: 5, values: [72, 1] }, 296: short(2) },
} as const;

/** Bytes that numbers and letters are put into, little-endian. */
function structure(length: number, put: (view: DataView, text: (at: number, text: string) => void) => void) {
  const bytes = new Uint8Array(length);
  put(new DataView(bytes.buffer), (at, text) => bytes.set(new TextEncoder().encode(text), at));
  return bytes;
}

/** CZ_LSMINFO. */
const lsmInfo = (z: number, t: number, scanType: number): TagValues => {
  const bytes = structure(200, (view) => {
    view.setUint32(0, 0x00400494c, true);
    view.setInt32(16, z, true);
    view.setInt32(20, 2, true);
    view.setInt32(24, t, true);
    for (const [i, metres] of [0.09e-6, 0.1e-6, 0.5e-6].entries()) view.setFloat64(40 + 8 * i, metres, true);
    view.setUint16(88, scanType, true);
    view.setFloat64(112, 2.5, true);
  });
  return { type: 1, values: [...bytes] };
};

/** Directories of two samples each, stored apart, as the Zeiss LSM has its channels. */
const lsm = (z: number, t: number, scanType = 6, directories = z * t): Uint8Array<ArrayBuffer> =>
  tiffBytes(
    Array.from({ length: directories }, (_, page) => {
      const samples = { 258: short(16, 16), 277: short(2), 284: short(2) };
      const blocks = [planeOf(2 * page), planeOf(2 * page + 1)];
      return {
        blocks,
        tags: { ...layout, ...samples, ...(page === 0 && { 34412: lsmInfo(z, t, scanType) }) },
      };
    }),
  );

/** MM_HEAD of FluoView with these dimensions, the fastest first. */
function fluoview(dimensions: readonly (readonly [string, number, number, string])[], pages: number) {
  const head = structure(1500, (view, text) => {
    for (const [i, [name, size, step, unit]] of dimensions.entries()) {
      const at = 284 + 100 * i;
      text(at, name);
      view.setInt32(at + 16, size, true);
      view.setFloat64(at + 28, step, true);
      text(at + 36, unit);
    }
  });
  return tiffBytes(
    Array.from({ length: pages }, (_, page) => {
      const tag = page === 0 && { 34361: { type: 1, values: [...head] }, 270: "[Acquisition Parameters]" };
      return { blocks: [planeOf(page)], tags: { ...layout, ...tag } };
    }),
  );
}

/** Planes of MetaMorph behind the only directory, with sizes of pixels as fractions, their unit, and distances of planes as thousandths. */
function metamorph(unit: string, distances: readonly number[]): Uint8Array<ArrayBuffer> {
  const said = structure(64, (view, text) => {
    for (const [i, number] of [129, 1000, 13, 100].entries()) view.setUint32(4 * i, number, true);
    view.setUint32(16, unit.length + 1, true);
    text(20, unit);
  });
  const first = 8; // of the file: behind its header
  const pairs = [4, first, 5, first + 8, 6, first + 16];
  const planes = distances.flatMap((_, plane) => [...planeOf(plane)]);
  const uic2 = distances.flatMap((distance) => [distance, 1000, 2451545, 1000, 2451545, 1000]);
  const tags = {
    ...layout,
    ...{ 273: [first + said.length], 279: [2 * WIDTH * HEIGHT] },
    ...{ 33628: { type: 4, values: pairs }, 33629: { type: 5, values: uic2 } },
  };
  const bytes = tiffBytes([{ blocks: [said, Uint8Array.from(planes)], tags }]);
  // They count pairs and planes, not numbers.
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(4, true);
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const entry = directory + 2 + 12 * i;
    const tag = view.getUint16(entry, true);
    if (tag === 33628) view.setUint32(entry + 4, pairs.length / 2, true);
    if (tag === 33629) view.setUint32(entry + 4, distances.length, true);
  }
  return bytes;
}

const open = (bytes: Uint8Array): Promise<ImageSource> => openImage("a.tif", countedBytes(bytes));

/** What is written of a source, read again. */
async function written(source: ImageSource): Promise<ImageSource> {
  const sink = blobSink();
  const { axes, shape, dtype, metadata } = source;
  const writer = await createImage("copy.tif", sink, { axes, shape, dtype, metadata });
  for await (const page of readPages(lazyStack(source))) await writer.writePage(page);
  await writer.close();
  return openImage("copy.tif", blobBytes(sink.blob(), "copy.tif"));
}

/** The result says the same of its axes and steps, and so does a map. */
async function expectKept(source: ImageSource): Promise<ImageSource> {
  const { axes, shape, metadata } = source;
  for (const kept of [source, { ...source, metadata: calibrationOf(metadata) }]) {
    const again = await written(kept);
    expect(again).toMatchObject({ axes, shape });
    expect(again.metadata.calibration).toEqual(metadata.calibration);
    expect((await again.read()).data).toEqual((await source.read()).data);
  }
  return written(source);
}

const um = (step: number) => ({ step, unit: "um" });

describe("the Zeiss LSM", () => {
  const steps = { T: { step: 2.5, unit: "s" }, Z: um(0.5), Y: um(0.1), X: um(0.09) };

  test("says steps, and which of its directories are depths and times", async () => {
    const source = await open(lsm(3, 2));
    expect(source).toMatchObject({ axes: ["T", "Z", "C", "Y", "X"], shape: [2, 3, 2, HEIGHT, WIDTH] });
    expect(source.metadata.calibration).toEqual(steps);
    expect(source.metadata.notes).toEqual([
      "what the Zeiss LSM says in tags of its own is not kept: times, settings and names of channels",
    ]);
    const again = await expectKept(source);
    expect(again.metadata).not.toHaveProperty("notes");
    await expectKept(selectRegion(source, { C: 1, T: 0 }));
    expect((await open(lsm(3, 1, 0))).axes).toEqual(["Z", "C", "Y", "X"]);
  });

  test("of other directories than it says, or along lines, says nothing of axes", async () => {
    expect((await open(lsm(3, 2, 6, 5))).axes).toEqual(["T", "C", "Y", "X"]);
    const lines = await open(lsm(3, 2, 1));
    expect(lines.axes).toEqual(["T", "C", "Y", "X"]);
    expect(lines.metadata.notes).toEqual([expect.stringContaining("not kept: pixel size, axes, times")]);
  });
});

describe("pixels of the Zeiss LSM", () => {
  test("are read where what is stated of compressed ones are their bytes when they are not", async () => {
    const planes = [0, 1, 2].map(planeOf);
    const bytes = tiffBytes(
      planes.map((plane, page) => ({
        blocks: [deflateSync(plane)],
        tags: {
          ...layout,
          ...{ 259: short(8), 279: { type: 4, values: [plane.length + 60] } },
          ...(page === 0 && { 34412: lsmInfo(3, 1, 0) }),
        },
      })),
    );
    const source = await open(bytes);
    const read: number[][] = [];
    for await (const { data } of readPages(lazyStack(source))) read.push([...data]);
    expect(read).toEqual(planes.map((plane) => [...new Uint16Array(plane.buffer)]));
  });

  test("are not read from more than 4 GiB, where places of planes are remainders", async () => {
    const bytes = lsm(3, 1, 0);
    // Zeros follow.
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const part = new Uint8Array(length);
      part.set(bytes.subarray(offset, offset + length));
      return part;
    };
    const large = { byteLength: 2 ** 32, read };
    await expect(openImage("large.lsm", large)).rejects.toThrow(/of the Zeiss LSM of more than 4 GiB/);
  });
});

describe("FluoView", () => {
  test("says steps and axes", async () => {
    const dimensions = [
      ["X", WIDTH, 0.2, "um"],
      ["Y", HEIGHT, 0.3, "um"],
      ["Z", 2, 0.75, "um"],
      ["Ch", 3, 1, "Ch"],
      ["T", 1, 4, "s"],
    ] as const;
    const source = await open(fluoview(dimensions, 6));
    expect(source).toMatchObject({ axes: ["C", "Z", "Y", "X"], shape: [3, 2, HEIGHT, WIDTH] });
    expect(source.metadata.calibration).toMatchObject({ Z: um(0.75), Y: um(0.3), X: um(0.2) });
    expect(source.metadata.notes).toEqual([
      "what FluoView says in tags of its own is not kept: settings and comments",
    ]);
    await expectKept(source);
    const other = await open(fluoview([...dimensions.slice(0, 2), ["Event", 6, 1, "n"]], 6));
    expect(other.axes).toEqual(["T", "Y", "X"]);
    expect(other.metadata.calibration).toEqual({ Y: um(0.3), X: um(0.2) });
    await expectKept(other);
  });
});

describe("MetaMorph", () => {
  test("says steps in its unit, that of depths where all are the same", async () => {
    const source = await open(metamorph("um", [500, 500, 500]));
    expect(source).toMatchObject({ axes: ["Z", "Y", "X"], shape: [3, HEIGHT, WIDTH] });
    expect(source.metadata.calibration).toEqual({ Z: um(0.5), Y: um(0.13), X: um(0.129) });
    expect(source.metadata.notes).toEqual([
      "what MetaMorph says in tags of its own is not kept: times and settings",
    ]);
    await expectKept(source);
    const uneven = await open(metamorph("microns", [500, 600, 500]));
    expect(uneven.metadata.calibration).toEqual({ Y: um(0.13), X: um(0.129) });
  });

  test("of times, too; nothing where it has no unit", async () => {
    const times = await open(metamorph("um", [0, 0, 0]));
    expect(times).toMatchObject({ axes: ["T", "Y", "X"] });
    expect(times.metadata.calibration).toEqual({ Y: um(0.13), X: um(0.129) });
    await expectKept(times);
    const pixels = await open(metamorph("pixel", [500, 500]));
    // What the tags of every TIFF say.
    expect(pixels.metadata.calibration).toMatchObject({ X: { unit: "inch" } });
    expect(pixels.metadata.notes).toEqual([expect.stringContaining("not kept: pixel size, times")]);
  });
});
