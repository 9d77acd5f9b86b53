import { cutPlane, type LazyPage, type Plane, type Rectangle } from "@clidim/imaging";
import { expect, test } from "vitest";
import { calibrationPart } from "../../src/data/calibrationPart.js";

/** A page of any size, with what was asked of it. */
function page(width: number, height: number, greyOf: (x: number, y: number) => number) {
  const asked: (Rectangle | undefined)[] = [];
  const lazy: LazyPage = {
    ...{ width, height, dtype: "float32" },
    async read(window) {
      asked.push(window);
      const { x, y, width: columns, height: rows } = window ?? { x: 0, y: 0, width, height };
      const data = new Float32Array(columns * rows);
      for (let i = 0; i < data.length; i++) data[i] = greyOf(x + (i % columns), y + Math.floor(i / columns));
      return { width: columns, height: rows, data };
    },
  };
  return { lazy, asked };
}
const sizeOf = ({ width, height }: Plane): number[] => [width, height];

test("a small page is looked at as a whole", async () => {
  const { lazy, asked } = page(512, 300, (x, y) => x + y);
  expect(await calibrationPart(lazy)).toEqual(await lazy.read());
  expect(asked).toEqual([undefined, undefined]);
});

test("of a larger one the middle, whose middle is that of the page", async () => {
  const { lazy, asked } = page(10_001, 8000, (x, y) => (x * 7 + y * 13) % 251);
  const part = await calibrationPart(lazy);
  const window = { x: 3976, y: 2976, width: 2048, height: 2048 };
  expect(asked).toEqual([window, window]);
  expect(sizeOf(part)).toEqual([2048, 2048]);
  // The middle of the part is the page's, as methods look at that.
  const middle = await lazy.read({ x: 4904, y: 3904, width: 192, height: 192 });
  expect(cutPlane(part, { x: 928, y: 928, width: 192, height: 192 })).toEqual(middle);
});

test("of a long one a longer part, of as many pixels", async () => {
  const { lazy } = page(100, 100_000, (x, y) => x + y);
  expect(sizeOf(await calibrationPart(lazy))).toEqual([100, 41_943]);
});

test("the nearest part to the middle where that is blank or mostly missing", async () => {
  const right = page(8192, 2048, (x) => (x < 5120 ? 4 : x));
  expect((await calibrationPart(right.lazy)).data[0]).toBe(5120);
  expect(right.asked.map((window) => window!.x)).toEqual([3072, 1024, 5120, 5120]);
  const left = page(8192, 2048, (x) => (x > 3072 ? Number.NaN : x));
  expect((await calibrationPart(left.lazy)).data[0]).toBe(1024);
  const nowhere = page(8192, 2048, () => 4);
  expect(sizeOf(await calibrationPart(nowhere.lazy))).toEqual([2048, 2048]);
});
