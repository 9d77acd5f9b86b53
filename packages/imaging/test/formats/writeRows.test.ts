import { describe, expect, test } from "vitest";
import { createImage } from "../../src/formats/createImage.js";
import { blobFolderSink } from "../../src/formats/folderSink.js";
import type { ImageHeader, ImageWriter } from "../../src/formats/format.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobSink } from "../../src/formats/sink.js";
import { imageMetadataOf, type TiffStorage } from "../../src/formats/tiff/tiffMetadata.js";
import { type Image, pixelArray } from "../../src/image/image.js";
import { pageCountOf, pageSizeOf } from "../../src/image/source.js";
import { readFixtures, storeOf } from "./zarr/zarrFixtures.js";

/** Writes all pages, each by `write`; every file with its bytes. */
async function files(
  name: string,
  header: ImageHeader,
  write: (writer: ImageWriter, page: Image) => Promise<void>,
): Promise<Record<string, string>> {
  const { width, height } = pageSizeOf(header);
  const folder = blobFolderSink();
  const file = blobSink();
  const writer = await createImage(name, async (kind) => (kind === "folder" ? folder : file), header);
  for (let page = 0; page < pageCountOf(header); page++) {
    const data = pixelArray(header.dtype, width * height);
    for (let i = 0; i < data.length; i++) data[i] = (page * 37 + i * 11) % 251;
    await write(writer, { width, height, dtype: header.dtype, data } as Image); // the array is of the dtype
  }
  await writer.close();
  const blobs = name.endsWith(".zarr") ? [...folder.files()] : ([["file", file.blob()]] as const);
  const read: Record<string, string> = {};
  for (const [path, blob] of blobs)
    read[path] = Buffer.from(await new Response(blob).arrayBuffer()).toString("hex");
  return read;
}

/** The page in so many rows at a time, one number after the other, from the first again at the end. */
const inRows =
  (heights: readonly number[]) =>
  async (writer: ImageWriter, { width, height, dtype, data }: Image): Promise<void> => {
    let top = 0;
    for (let i = 0; top < height; i++) {
      const rows = Math.min(heights[i % heights.length]!, height - top);
      const own = data.slice(top * width, (top + rows) * width);
      await writer.writeRows({ width, height: rows, dtype, data: own } as Image); // as above
      own.fill(0); // rows may be changed once they are written
      top += rows;
    }
  };

const tiff = (dtype: "uint16" | "float32", storage: TiffStorage, width = 21): ImageHeader => ({
  axes: ["T", "Y", "X"],
  shape: [2, 53, width],
  dtype,
  metadata: imageMetadataOf({ storage }),
});

const tile = { width: 16, height: 16 };
const own = async (
  path: string,
  shape: readonly number[],
  datasets: readonly object[],
): Promise<ImageHeader> => {
  const { files: shipped } = readFixtures("tensorstore").get(path)!;
  const { metadata } = await openImage("a.ome.zarr", storeOf(shipped));
  const kept = structuredClone(metadata.own!) as {
    format: string;
    calibration: { multiscales: { datasets: unknown } };
  };
  kept.calibration.multiscales.datasets = datasets;
  return { axes: ["C", "Z", "Y", "X"], shape, dtype: "uint16", metadata: { own: kept } };
};

/** Three sizes, of which the second has half of the rows and maybe of the depths. */
const sizes = (z: number) => [
  { path: "s0", scale: [1, 0.5, 0.1, 0.1] },
  { path: "s1", scale: [1, 0.5 * z, 0.2, 0.2] },
  { path: "s2", scale: [1, 0.5 * z, 0.6, 0.4] },
];

const cases: readonly (readonly [string, string, () => ImageHeader | Promise<ImageHeader>])[] = [
  ["a TIFF", "a.tif", () => tiff("uint16", { compression: "none" })],
  ["a TIFF of floats", "a.tif", () => tiff("float32", { compression: "none" })],
  ["a deflated TIFF", "a.tif", () => tiff("float32", { compression: "deflate" })],
  ["a deflated TIFF of several strips", "a.tif", () => tiff("uint16", { compression: "deflate" }, 6000)],
  ["a TIFF of tiles", "a.tif", () => tiff("uint16", { compression: "none", tile })],
  ["a deflated TIFF of tiles", "a.tif", () => tiff("uint16", { compression: "deflate", tile })],
  ["a PNG", "a.png", () => ({ axes: ["Y", "X"], shape: [53, 21], dtype: "uint8" })],
  ["an OME-Zarr", "a.ome.zarr", () => ({ axes: ["Z", "Y", "X"], shape: [2, 53, 21], dtype: "uint8" })],
  ["an OME-Zarr of smaller copies", "a.ome.zarr", () => own("zstd", [1, 3, 53, 21], sizes(1))],
  ["an OME-Zarr of copies smaller along Z", "a.ome.zarr", () => own("zstd", [1, 5, 53, 21], sizes(2))],
];

describe("a page written by rows is the same, byte for byte", () => {
  test.each(cases)("%s", async (_title, name, headerOf) => {
    const header = await headerOf();
    const whole = await files(name, header, (writer, page) => writer.writePage(page));
    for (const heights of [[1], [7], [16], [20, 3], [5, 48], [53]]) {
      expect(await files(name, header, inRows(heights)), `rows ${heights}`).toEqual(whole);
    }
  });
});

test("pages may be written either way in one file", async () => {
  const header = tiff("uint16", { compression: "none", tile });
  const whole = await files("a.tif", header, (writer, page) => writer.writePage(page));
  let page = 0;
  const mixed = await files("a.tif", header, (writer, image) =>
    page++ === 0 ? inRows([10])(writer, image) : writer.writePage(image),
  );
  expect(mixed).toEqual(whole);
});

describe("refused", () => {
  const header = { axes: ["T", "Y", "X"], shape: [1, 4, 3], dtype: "uint8" } as const;
  const rows = (height: number, width = 3): Image => ({
    ...{ width, height, dtype: "uint8" },
    data: new Uint8Array(width * height),
  });
  const begun = () => createImage("a.tif", blobSink(), header);

  test("rows of another width or type", async () => {
    await expect((await begun()).writeRows(rows(2, 4))).rejects.toThrow(
      "write a.tif: expected rows of 3 pixels uint8, page 0 is 4 x 2 uint8",
    );
    const floats: Image = { width: 3, height: 1, dtype: "float32", data: new Float32Array(3) };
    await expect((await begun()).writeRows(floats)).rejects.toThrow(/expected rows of 3 pixels uint8/);
  });

  test("more rows than the page has, and than all pages have", async () => {
    const writer = await begun();
    await writer.writeRows(rows(3));
    await expect(writer.writeRows(rows(2))).rejects.toThrow("expected 4 rows of page 0, got 5");
    const complete = await begun();
    await complete.writeRows(rows(4));
    await expect(complete.writeRows(rows(1))).rejects.toThrow("expected 1 pages, got more");
  });

  test("a page or the end within a page", async () => {
    const writer = await begun();
    await writer.writeRows(rows(3));
    await expect(writer.writePage(rows(4))).rejects.toThrow(
      "expected the other rows of page 0, of which 3 came, got a page",
    );
    const short = await begun();
    await short.writeRows(rows(3));
    await expect(short.close()).rejects.toThrow("expected 4 rows of page 0, got 3");
  });
});
