import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { writeImageFile } from "../../src/files/createImageFile.js";
import { openStack, readStack } from "../../src/files/openImageFile.js";
import { parseFileSpec } from "../../src/files/parseFileSpec.js";
import { rational, shorts } from "../../src/formats/tiff/tiffTags.js";
import { tiffMetadataOf } from "../../src/formats/tiff/tiffWritten.js";
import { fileSpecText } from "../../src/image/fileSpec.js";
import type { PixelType } from "../../src/image/image.js";
import { InputError } from "../../src/image/inputError.js";
import { cutPlane } from "../../src/image/regions.js";
import { tiffFixtures } from "./tiffFixtures.js";

const folder = temporaryFolder();
const bytesOf = (name: string): Buffer => Buffer.from(tiffFixtures[name]!, "base64");

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function expectedPage(page: number, dtype: PixelType): number[] {
  return Array.from({ length: 54 }, (_, i) => {
    const v = 1000 * page + 37 * Math.floor(i / 9) + 11 * (i % 9);
    return { uint8: v % 251, uint16: v, int16: v - 500, float32: v / 8 - 20 }[dtype];
  });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message; // checked in the line above
}

describe("pixels of files written by tifffile", () => {
  const readable: [string, PixelType][] = [
    ["uint8", "uint8"],
    ["uint8 LZW", "uint8"],
    ["uint8 PackBits", "uint8"],
    ["uint16 in strips of 2 rows", "uint16"],
    ["uint16 big-endian", "uint16"],
    ["uint16 LZW, predictor", "uint16"],
    ["uint16 LZW, big-endian", "uint16"],
    ["uint16 deflate in tiles, predictor", "uint16"],
    ["uint16 zstd", "uint16"],
    ["uint16 BigTIFF", "uint16"],
    ["uint16 BigTIFF big-endian deflate", "uint16"],
    ["int16", "int16"],
    ["int16 big-endian LZW", "int16"],
    ["float32", "float32"],
    ["float32 big-endian", "float32"],
    ["float32 deflate, predictor", "float32"],
    ["float16", "float32"],
    ["float64", "float32"],
    ["imagej", "uint16"],
  ];
  test.each(readable)("%s", async (name, dtype) => {
    const stack = await readStack(put("a.tif", bytesOf(name)));
    expect(stack).toMatchObject({ width: 9, height: 6, dtype });
    // float16 keeps 11 bits.
    const rounded = (values: number[]) => (name === "float16" ? values.map((v) => Math.round(v)) : values);
    expect(stack.pages.map((page) => rounded([...page.data]))).toEqual(
      [0, 1].map((page) => rounded(expectedPage(page, dtype))),
    );
  });

  test.each(readable)("%s, a window", async (name) => {
    const path = put("a.tif", bytesOf(name));
    const whole = (await readStack(path)).pages[1]!;
    const stack = await openStack(path);
    for (const window of [
      { x: 2, y: 1, width: 4, height: 3 },
      { x: 0, y: 4, width: 9, height: 2 },
      { x: 8, y: 5, width: 1, height: 1 },
    ]) {
      expect(await stack.readPage(1, { window })).toEqual({ dtype: whole.dtype, ...cutPlane(whole, window) });
    }
    await stack.close();
  });

  test("pages are read one by one, and a range selects", async () => {
    const path = put("range.tif", bytesOf("uint16 big-endian"));
    const file = await openStack(`${path}#1`);
    expect(file).toMatchObject({
      name: `${path}#1`,
      source: { name: path, format: "TIFF", axes: ["Y", "X"], shape: [6, 9] },
      pageCount: 1,
      dtype: "uint16",
      width: 9,
      height: 6,
    });
    expect([...(await file.readPage(0)).data]).toEqual(expectedPage(1, "uint16"));
    await expect(file.readPage(1)).rejects.toThrow(/has 1 pages, got index 1/);
    await file.close();
    expect((await readStack(`${path}#0-1`)).pages).toHaveLength(2);
  });

  test("a reduced copy among the pages is passed over", async () => {
    expect((await readStack(put("thumb.tif", bytesOf("with thumbnail")))).pages).toHaveLength(1);
  });

  test("description and resolution are kept", async () => {
    const file = await openStack(put("ij.tif", bytesOf("imagej")));
    const metadata = tiffMetadataOf(file.source);
    const resolution = [rational(282, [5, 1]), rational(283, [5, 1]), shorts(296, [1])];
    expect(metadata.ofPages).toEqual([resolution, resolution]);
    expect(metadata.description).toMatch(/^ImageJ=.*\nimages=2\n(.*\n)*unit=um\n/);
    await file.close();
  });
});

describe("an ImageJ stack with one directory and contiguous planes (as above 4 GB)", () => {
  function single(name: string): Buffer {
    const bytes = bytesOf(name);
    const little = bytes[0] === 0x49;
    const u16 = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
    const directory = little ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
    bytes.writeUInt32LE(0, directory + 2 + 12 * u16(directory));
    return bytes;
  }

  test("has all its planes", async () => {
    const path = put("planes.tif", single("imagej"));
    const { pages } = await readStack(path);
    expect(pages.map((page) => [...page.data])).toEqual([0, 1].map((page) => expectedPage(page, "uint16")));
    expect([...(await readStack(`${path}#1`)).pages[0]!.data]).toEqual(expectedPage(1, "uint16"));
  });

  test("is refused when the file ends before the planes do", async () => {
    const bytes = single("imagej");
    const end = bytes.readUInt32LE(0) === 0x002a4949 ? bytes.length : 0;
    expect(end).toBeGreaterThan(0);
    // Keep the directory and the first plane only: the second plane is the last 108 bytes of pixels.
    const file = await openStack(put("whole.tif", bytes));
    await file.close();
    const cut = bytes.subarray(0, 336 + 108 + 50);
    expect(await refusal(openStack(put("cut.tif", cut)))).toMatch(
      /cut\.tif is truncated: page 1 ends at byte 552/,
    );
  });
});

describe("wrong input is one sentence that names the file", () => {
  test("missing, folder, empty, another format", async () => {
    expect(await refusal(openStack(join(folder, "none.tif")))).toMatch(/none\.tif: no such file or folder$/);
    mkdirSync(join(folder, "dir.tif"));
    expect(await refusal(openStack(join(folder, "dir.tif")))).toMatch(
      /dir\.tif: is a folder, expected a file, or a folder that is one: OME-Zarr/,
    );
    expect(await refusal(openStack(put("empty.tif", new Uint8Array())))).toMatch(
      /empty\.tif is empty \(0 bytes\)/,
    );
    const jpeg = put("fake.tif", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46));
    expect(await refusal(openStack(jpeg))).toMatch(
      /fake\.tif is not a TIFF file \(it starts with the bytes ff d8 ff e0\); expected \.tif images$/,
    );
    expect(await refusal(openStack(put("header.tif", bytesOf("uint8").subarray(0, 5))))).toMatch(
      /header\.tif is truncated: it has 5 bytes, less than a TIFF header$/,
    );
  });

  test.each([
    [
      "jpeg",
      /page 0 uses TIFF compression 7 \(JPEG\), expected none, LZW, deflate, PackBits, zstd; convert it/,
    ],
    ["two sizes", /page 0 is 9 x 6 and page 1 is 9 x 4 pixels/],
  ])("%s", async (name, message) => {
    expect(await refusal(openStack(put("refused.tif", bytesOf(name))))).toMatch(message);
  });

  test("a page outside the file", async () => {
    const path = put("two.tif", bytesOf("uint8"));
    expect(await refusal(openStack(`${path}#1-5`))).toBe(`${path}#1-5: the file has 2 pages (0-1)`);
  });

  test("pages of different size can be selected apart", async () => {
    const path = put("sizes.tif", bytesOf("two sizes"));
    expect((await readStack(`${path}#1`)).height).toBe(4);
  });

  test.each(Object.keys(tiffFixtures).filter((name) => !["jpeg", "two sizes"].includes(name)))(
    "%s, truncated anywhere",
    async (name) => {
      const bytes = bytesOf(name);
      const whole = await readStack(put("whole.tif", bytes));
      for (let length = 4; length < bytes.length; length += 7) {
        const path = put("cut.tif", bytes.subarray(0, length));
        const result = await readStack(path).catch((error: unknown) => error);
        // Padding at the end of the file carries nothing: what is read is then whole.
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(InputError);
          expect(result.message).toContain("cut.tif is truncated");
        } else {
          expect(result).toEqual({ ...whole, name: path });
        }
      }
    },
  );

  test("damaged compressed data", async () => {
    const path = join(folder, "noise.tif");
    const data = Uint16Array.from({ length: 400 }, (_, i) => (i * 7919) % 65521);
    await writeImageFile(path, [{ width: 20, height: 20, dtype: "uint16", data }], {
      compression: "deflate",
    });
    const bytes = readFileSync(path);
    bytes.fill(0xff, 40, 80);
    expect(await refusal(readStack(put("noise.tif", bytes)))).toMatch(
      /noise\.tif is truncated or damaged: page 0 cannot/,
    );
  });

  test("a circle of directories", async () => {
    const bytes = bytesOf("uint8");
    const first = bytes.readUInt32LE(4);
    const next = bytes.readUInt32LE(first + 2 + 12 * bytes.readUInt16LE(first));
    bytes.writeUInt32LE(first, next + 2 + 12 * bytes.readUInt16LE(next));
    expect(await refusal(openStack(put("circle.tif", bytes)))).toMatch(/directories form a circle/);
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY])("a pixel that is %f", async (value) => {
    const data = new Float32Array(12);
    data[7] = value;
    const path = join(folder, "nan.tif");
    await writeImageFile(path, [{ width: 4, height: 3, dtype: "float32", data }]);
    expect(await refusal(readStack(path))).toBe(
      `${path}: page 0 has a pixel that is ${value} (x 3, y 1), expected finite values`,
    );
  });
});

describe("parseFileSpec", () => {
  test("reads a page or a range, and writes it back", () => {
    expect(parseFileSpec("a/clean.tif")).toEqual({ path: "a/clean.tif" });
    expect(parseFileSpec("a/clean.tif#3")).toEqual({ path: "a/clean.tif", range: { first: 3, last: 3 } });
    expect(parseFileSpec("a/clean.tif#0-8")).toEqual({ path: "a/clean.tif", range: { first: 0, last: 8 } });
    for (const text of ["a.tif", "a.tif#3", "a.tif#0-8"])
      expect(fileSpecText(parseFileSpec(text))).toBe(text);
  });

  test("a file with such a name wins", () => {
    const path = put("day#2", bytesOf("uint8"));
    expect(parseFileSpec(path)).toEqual({ path });
    expect(parseFileSpec(`${path}#1`)).toEqual({ path, range: { first: 1, last: 1 } });
  });

  test("refuses other texts and empty ranges", () => {
    const path = put("range.tif", bytesOf("uint8"));
    expect(() => parseFileSpec(`${path}#x`)).toThrow(
      /expected a page or a page range after '#', such as .*range\.tif#3/,
    );
    expect(() => parseFileSpec(`${path}#`)).toThrow(InputError);
    expect(() => parseFileSpec("a.tif#5-3")).toThrow(/empty, its end 3 comes before its start 5/);
  });
});
