import { join } from "node:path";
import { counterRandom, type Image } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { measureNoiseFiles } from "../../src/evaluation/measureNoiseFiles.js";

const folder = temporaryFolder();
const page = (value: (x: number) => number): Image<"float32"> => ({
  ...{ width: 64, height: 64, dtype: "float32" },
  data: Float32Array.from({ length: 64 * 64 }, (_, i) => value(i % 64)),
});
const write = async (name: string, pages: Image[]): Promise<string> => {
  const path = join(folder, name);
  await writeImageFile(path, pages);
  return path;
};

test("a page without any finite pixel is left out by name; others without some are cut", async () => {
  const random = counterRandom(4);
  const capture = (): Image<"float32"> => page((x) => 100 + 2 * random.poisson(20 + x));
  const none = page(() => Number.NaN);
  const bordered = capture();
  bordered.data.set(bordered.data.map((value, i) => (i % 64 < 4 ? Number.NaN : value)));
  const file = await write("gone.tif", [capture(), none, bordered]);
  const { images, warnings } = await measureNoiseFiles({ files: [file] });
  expect(images).toBe(2);
  expect(warnings).toEqual([
    `${file}#1 is blank (no pixel has a finite value) and left out`,
    expect.stringMatching(/gone\.tif has pixels that are NaN .*, 60 x 64 pixels at x 4, y 0$/),
  ]);
  await expect(measureNoiseFiles({ files: [await write("none.tif", [none, none])] })).rejects.toThrow(
    /none\.tif: all pixels of all pages are NaN or infinite, which tells nothing/,
  );
});
