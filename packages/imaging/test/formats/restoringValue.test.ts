import { expect, test } from "vitest";
import type { ImageWriter } from "../../src/formats/format.js";
import { restoringValue } from "../../src/formats/restoringValue.js";
import type { Image, PixelType } from "../../src/image/image.js";
import { NO_VALUE } from "../../src/image/withoutValue.js";

async function written(pixels: readonly number[], value: number, dtype: PixelType): Promise<number[]> {
  const pages: Image[] = [];
  const keep = (page: Image): Promise<void> => {
    pages.push(page);
    return Promise.resolve();
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const inner: ImageWriter = { writePage: keep, writeRows: keep, close: nothing, abort: nothing };
  const page: Image = { width: pixels.length, height: 1, dtype: "float32", data: Float32Array.from(pixels) };
  const writer = restoringValue(inner, value, dtype);
  await writer.writePage(page);
  await writer.writeRows(page);
  const [whole, rows] = pages.map((one) => Array.from(one.data));
  expect(rows).toEqual(whole);
  return whole!;
}

test.each([
  ["uint8", 0, [NO_VALUE, 0.4, -3, 0.6, 7], [0, 1, 1, 1, 7]],
  ["uint16", 65535, [NO_VALUE, 65534.6, 70000, 65534.4, 7], [65535, 65534, 65534, 65534, 7]],
  ["int16", -100, [NO_VALUE, -100.4, -99.6, -100, 7], [-100, -101, -99, -99, 7]],
  ["uint8", 300, [0.4, 7], [0, 7]],
] as const)(
  "a %s that is rounded to %d, which stands for no value, becomes its neighbour",
  async (dtype, value, pixels, expected) => {
    expect(await written(pixels, value, dtype)).toEqual(expected);
  },
);

test("floats stay what they are", async () => {
  const pixels = [NO_VALUE, -0.5, Number.NaN, Infinity, 7];
  expect(await written(pixels, -9999, "float32")).toEqual([-9999, -0.5, Number.NaN, Infinity, 7]);
});
