import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { blobFiles } from "../../src/formats/fileStore.js";
import { openImage } from "../../src/formats/openImage.js";
import { blobBytes } from "../../src/formats/randomAccess.js";
import { counterRandom } from "../../src/image/counterRandom.js";
import { InputError } from "../../src/image/inputError.js";
import type { ImageSource } from "../../src/image/source.js";
import { tiffBytes } from "./tiff/tiffBytes.js";

const SIDE = 48;

/** A page of an offset and noise in an interval, after which a flat part comes. */
function values(offset: number, spread: number, flat = 0): Float64Array {
  const random = counterRandom(7);
  return Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
    return offset + (i < flat ? 1e-9 : 1) * spread * random.uniform();
  });
}

function tiff(pages: readonly Float64Array[], compressed = false): Promise<ImageSource> {
  const bytes = tiffBytes(
    pages.map((page) => {
      const raw = new Uint8Array(page.buffer);
      return {
        blocks: [compressed ? new Uint8Array(deflateSync(raw)) : raw],
        tags: {
          256: [SIDE],
          257: [SIDE],
          258: [64],
          259: [compressed ? 8 : 1],
          262: [1],
          277: [1],
          278: [SIDE],
          339: [3],
        },
      };
    }),
  );
  return openImage("a.tif", blobBytes(new Blob([bytes]), "a.tif"));
}

/** Pages in chunks of 32 x 32, which reach over the edge and are zeros there. */
function zarr(pages: readonly Float64Array[]): Promise<ImageSource> {
  const files = new Map<string, Blob>();
  const json = (path: string, value: object): void => void files.set(path, new Blob([JSON.stringify(value)]));
  const axes = ["t", "y", "x"].map((name) => ({ name, type: name === "t" ? "time" : "space" }));
  const datasets = [{ path: "0", coordinateTransformations: [{ type: "scale", scale: [1, 1, 1] }] }];
  json(".zgroup", { zarr_format: 2 });
  json(".zattrs", { multiscales: [{ version: "0.4", axes, datasets }] });
  json("0/.zarray", {
    ...{ zarr_format: 2, shape: [pages.length, SIDE, SIDE], chunks: [1, 32, 32], dtype: "<f8" },
    ...{ compressor: null, fill_value: 0, order: "C", filters: null, dimension_separator: "/" },
  });
  for (const [t, page] of pages.entries()) {
    for (const [i, j] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const chunk = Float64Array.from({ length: 1024 }, (_, at) => {
        const [y, x] = [32 * i + (at >> 5), 32 * j + (at & 31)];
        return y < SIDE && x < SIDE ? page[y * SIDE + x]! : 0;
      });
      files.set(`0/${t}/${i}/${j}`, new Blob([chunk]));
    }
  }
  return openImage("a.ome.zarr", blobFiles(files, "a.ome.zarr"));
}

const written: Readonly<Record<string, (pages: readonly Float64Array[]) => Promise<ImageSource>>> = {
  TIFF: (pages) => tiff(pages),
  "TIFF with deflate": (pages) => tiff(pages, true),
  "OME-Zarr": zarr,
};

test.each(Object.entries(written))(
  "float64 whose contrast float32 does not hold is refused: %s",
  async (_, open) => {
    const source = await open([values(100, 1), values(1e9, 1)]);
    await expect(source.read({ T: 0 })).resolves.toMatchObject({ dtype: "float32" });
    const reading = source.read({ T: 1 });
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(
      /(page 1|T 1) has 64-bit floats around 100000000\d(\.\d)? .*0\.28.* keeps steps of 64; subtract 100000000\d(\.\d)? first/,
    );
    // By windows it is refused when all of the page was read, and from then on.
    const top = { T: 1, Y: [0, 24] } as const;
    await expect((await open([values(0, 1), values(1e9, 1)])).read(top)).resolves.toBeDefined();
    await expect(source.read(top)).rejects.toThrow(InputError);
  },
);

test.each(Object.entries(written))("float64 that float32 tells apart is read: %s", async (_, open) => {
  const flat = values(1e6, 100, 2000);
  const source = await open([
    values(1e-30, 1e-31),
    values(4095, 1),
    flat,
    new Float64Array(SIDE * SIDE).fill(0.1),
    values(0.1, 1e-15),
  ]);
  for (let page = 0; page < 5; page++) await source.read({ T: page });
  expect((await source.read({ T: 2 })).data).toEqual(Float32Array.from(flat));
  // A part without contrast, of a page that has some.
  await expect((await open([values(0, 1), flat])).read({ T: 1, Y: [0, 32] })).resolves.toBeDefined();
});
