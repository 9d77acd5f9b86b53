import { pythonWith, runPython } from "@clidim/testing/python";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { describe, expect, test } from "vitest";
import { openImage } from "../../../src/formats/openImage.js";
import { countedBytes } from "../handmadeTiff.js";
import { expectedPixels, type MatrixFile, readAs, shippedMatrix, writtenMatrix } from "./decodingMatrix.js";

const folder = temporaryFolder();

/** What is wrong with a file as it is read, whole and in a window of its last page; nothing where every pixel is right. */
async function wrongWith([file, bytes]: readonly [MatrixFile, Uint8Array<ArrayBuffer>]): Promise<string[]> {
  const { file: name, dtype, pages, width, height, axis } = file;
  const source = await openImage(name, countedBytes(bytes));
  const header = { axes: source.axes.join(""), shape: source.shape.join(), dtype: source.dtype };
  const right = {
    axes: `${axis}YX`,
    shape: [pages, height, width].join(),
    dtype: readAs(dtype),
  };
  if (JSON.stringify(header) !== JSON.stringify(right)) return [`${name}: ${JSON.stringify(header)}`];
  const { data } = await source.read();
  const area = width * height;
  const wrong: string[] = [];
  for (let page = 0; page < pages; page++) {
    const expected = expectedPixels(file, page);
    const at = expected.findIndex((value, i) => value !== data[page * area + i]);
    if (at >= 0)
      wrong.push(`${name}: page ${page}, pixel ${at}: ${data[page * area + at]} for ${expected[at]}`);
  }
  const [left, top, right_, bottom] = [3, 5, width - 1, height - 2];
  const cut = await source.read({ [axis]: pages - 1, Y: [top, bottom], X: [left, right_] });
  const expected = expectedPixels(file, pages - 1);
  const cuts = right_ - left;
  const at = cut.data.findIndex(
    (value: number, i: number) =>
      value !== expected[(top + Math.floor(i / cuts)) * width + left + (i % cuts)],
  );
  if (at >= 0) wrong.push(`${name}: window, pixel ${at}: ${cut.data[at]}`);
  return wrong;
}

async function allWrong(matrix: ReturnType<typeof shippedMatrix>): Promise<string[]> {
  const wrong: string[] = [];
  for (const entry of matrix) {
    // A refusal is wrong, too: every way of the matrix is read.
    wrong.push(...(await wrongWith(entry).catch((error: unknown) => [`${entry[0].file}: ${String(error)}`])));
  }
  return wrong;
}

describe("every way of storing pixels that other programs have is read, pixel by pixel", () => {
  const shipped = shippedMatrix();

  test("as it was written for us", async () => {
    expect(await allWrong(shipped)).toEqual([]);
  });

  test("by each program, in both byte orders, all dtypes, compressions and predictors", () => {
    const names = shipped.map(([{ file }]) => file);
    for (const [program, least] of Object.entries({ tifffile: 200, libtiff: 300, imagej: 4, note3: 6 })) {
      expect(names.filter((name) => name.startsWith(`${program}-`)).length, program).toBeGreaterThanOrEqual(
        least,
      );
    }
    for (const compression of ["none", "lzw", "zip", "packbits", "zstd", "zlib"]) {
      for (const order of ["-L-", "-B-"]) {
        const found = names.filter((name) => name.includes(order) && name.includes(`-${compression}-`));
        expect(found.length, `${compression} ${order}`).toBeGreaterThan(10);
      }
    }
    expect(new Set(shipped.map(([{ dtype }]) => dtype)).size).toBe(18);
    expect(names.filter((name) => name.includes("-rgb")).length).toBeGreaterThan(80);
  });

  const python = pythonWith("tifffile");
  test.runIf(python)(
    "as the programs that are here write it now",
    async () => {
      const missing = runPython(python!, new URL("decodingMatrix.py", import.meta.url), folder);
      if (missing) console.warn(missing.trim());
      const written = writtenMatrix(folder);
      expect(written.length).toBeGreaterThan(200);
      expect(await allWrong(written)).toEqual([]);
    },
    240_000,
  );
});

test("ImageJ's table of colours, which it writes big-endian, is kept", async () => {
  const [, bytes] = shippedMatrix().find(([{ lut }]) => lut)!;
  const source = await openImage("fire.tif", countedBytes(bytes));
  // Nobody but the format of TIFFs makes an own part of this name.
  const { display } = source.metadata.own as unknown as { display: { colorMap: Uint16Array } };
  expect(display.colorMap.length).toBe(3 * 256);
  // Red, green and blue at the end of "Fire" are white; those of its start black.
  expect([255, 511, 767].map((i) => display.colorMap[i]! >> 8)).toEqual([255, 255, 255]);
  expect([0, 256].map((i) => display.colorMap[i])).toEqual([0, 0]);
});
