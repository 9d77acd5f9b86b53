import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openTiff, readStack } from "../../src/files/readTiff.js";
import { describePages, type TiffMetadata } from "../../src/files/tiffMetadata.js";
import { createTiff, writeTiff } from "../../src/files/writeTiff.js";
import { type Image, type PixelType, pixelArray } from "../../src/image/image.js";
import { InputError } from "../../src/image/inputError.js";
import { temporaryFolder } from "./temporaryFolder.js";

const folder = temporaryFolder();

function page(dtype: PixelType, seed: number, width = 13, height = 7): Image {
  const data = pixelArray(dtype, width * height);
  for (let i = 0; i < data.length; i++) data[i] = ((i + seed) * 7919) % 65537;
  return { width, height, dtype, data };
}

describe("what is written is read back", () => {
  const cases = (["uint8", "uint16", "int16", "float32"] as const).flatMap((dtype) =>
    (["none", "deflate"] as const).flatMap((compression) =>
      [false, true].map((bigTiff) => ({ dtype, compression, bigTiff })),
    ),
  );
  test.each(cases)("$dtype, compression $compression, BigTIFF $bigTiff", async ({ dtype, ...options }) => {
    const path = join(folder, "round.tif");
    const pages = [0, 1, 2].map((seed) => page(dtype, seed));
    const metadata: TiffMetadata = {
      description: "ImageJ=1.54f\nimages=3\nslices=3\nunit=um\nspacing=0.5\n",
      xResolution: [100000, 6500],
      yResolution: [100000, 6500],
      resolutionUnit: 1,
    };
    await writeTiff(path, pages, { ...options, metadata });
    expect(readFileSync(path).readUInt16LE(2)).toBe(options.bigTiff ? 43 : 42);
    const stack = await readStack(path);
    expect(stack).toEqual({ name: path, width: 13, height: 7, dtype, pages });
    const file = await openTiff(path);
    expect(file.metadata).toEqual(metadata);
    await file.close();
  });

  test("a view into a larger buffer", async () => {
    const path = join(folder, "view.tif");
    const all = Uint16Array.from({ length: 40 }, (_, i) => i);
    const part: Image = { width: 4, height: 5, dtype: "uint16", data: all.subarray(10, 30) };
    await writeTiff(path, [part]);
    expect([...(await readStack(path)).pages[0]!.data]).toEqual([...part.data]);
  });

  test("uncompressed planes are contiguous from the first strip on", async () => {
    const path = join(folder, "planes.tif");
    const pages = [0, 1, 2].map((seed) => page("uint16", seed));
    await writeTiff(path, pages);
    const bytes = readFileSync(path);
    const expected = Buffer.concat(pages.map(({ data }) => Buffer.from(data.buffer)));
    expect(bytes.subarray(16, 16 + expected.length).equals(expected)).toBe(true);
  });

  test("many pages, from an asynchronous source", async () => {
    const path = join(folder, "many.tif");
    await writeTiff(
      path,
      (async function* () {
        for (let i = 0; i < 300; i++) yield page("uint8", i, 3, 3);
      })(),
    );
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
    const pages = (function* (): Generator<Image> {
      yield page("uint8", 0);
      throw new Error("device lost");
    })();
    await expect(writeTiff(path, pages)).rejects.toThrow("device lost");
    await expect(writeTiff(path, [page("uint8", 0), page("uint8", 0, 5, 5)])).rejects.toThrow(
      /expected pages of 13 x 7 uint8, page 1 is 5 x 5 uint8/,
    );
    await expect(writeTiff(path, [])).rejects.toThrow(/at least one page/);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test("the name appears on close", async () => {
    const path = join(folder, "late.tif");
    const writer = await createTiff(path);
    await writer.writePage(page("uint8", 0));
    expect(existsSync(path)).toBe(false);
    await writer.close();
    expect(existsSync(path)).toBe(true);
  });

  test("a missing folder is an InputError", async () => {
    const path = join(folder, "none", "a.tif");
    await expect(writeTiff(path, [page("uint8", 0)])).rejects.toThrow(InputError);
    await expect(writeTiff(path, [page("uint8", 0)])).rejects.toThrow(
      `write ${path}: no such file or folder`,
    );
  });
});

test("descriptions that count planes stay true for a selection of pages", () => {
  const imagej =
    "ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\nhyperstack=true\nmode=grayscale\nunit=um\nmin=0.0\n";
  expect(describePages(imagej, 6)).toBe(imagej);
  expect(describePages(imagej, 4)).toBe("ImageJ=1.54f\nimages=4\nslices=4\nunit=um\nmin=0.0\n");
  expect(describePages(imagej, 1)).toBe("ImageJ=1.54f\nunit=um\nmin=0.0\n");
  const ome = '<?xml version="1.0"?><OME><Pixels SizeC="2" SizeT="3" SizeX="9" SizeY="6" SizeZ="1"/></OME>';
  expect(describePages(ome, 6)).toBe(ome);
  expect(describePages(ome, 5)).toBeUndefined();
  expect(describePages("by hand", 5)).toBe("by hand");
  expect(describePages(undefined, 5)).toBeUndefined();
});
