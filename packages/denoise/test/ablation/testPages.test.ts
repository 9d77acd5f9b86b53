import { join } from "node:path";
import { type Image, InputError } from "@clidim/imaging";
import { writeImageFile } from "@clidim/imaging/node";
import { temporaryFolder } from "@clidim/testing/temporaryFolder";
import { expect, test } from "vitest";
import { readTestPages } from "../../src/ablation/testPages.js";

const folder = temporaryFolder();
const image = (value: (x: number, y: number) => number): Image<"float32"> => ({
  width: 32,
  height: 32,
  dtype: "float32",
  data: Float32Array.from({ length: 32 * 32 }, (_, i) => value(i % 32, Math.floor(i / 32))),
});

test("a region in which the clean page is constant is named", async () => {
  const spot = (x: number): number => (x < 10 ? 100 + x : 7);
  await writeImageFile(join(folder, "noisy.tif"), [image((x, y) => spot(x) + Math.sin(7 * x + 3 * y * y))]);
  await writeImageFile(join(folder, "clean.tif"), [image(spot)]);
  const images = { noisy: ["noisy.tif"], clean: ["clean.tif"] };
  const read = (region: "left" | "right") =>
    readTestPages(
      {
        ...{ name: "spot", train: images, peak: "range", overrides: {}, shots: [] },
        test: { ...images, regions: [region] },
      },
      folder,
      { force: true },
      1,
    );
  expect((await read("left")).pages).toHaveLength(1);
  await expect(read("right")).rejects.toThrow(InputError);
  await expect(read("right")).rejects.toThrow(
    /\(right\).*: the clean page is constant \(every pixel is 7\) in the part that is tested, 16 x 32 pixels/,
  );
});
