import { expect, test } from "vitest";
import { contrastWindow, contrastWindowOf } from "../../src/image/contrastWindow.js";
import type { Plane } from "../../src/image/image.js";
import { pageInMemory } from "../../src/image/lazyPage.js";
import type { Rectangle } from "../../src/image/regions.js";

const plane = (width: number, height: number, value: (x: number, y: number) => number): Plane => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

/** In memory or not. */
async function windowOf(page: Plane, side: number) {
  const found = contrastWindowOf(page, side);
  expect(await contrastWindow(pageInMemory(page), side)).toEqual(found);
  return found;
}

test("is where there is structure, and not where there are a few dead pixels", async () => {
  const structure = (x: number, y: number): number => (x >= 82 && y < 20 ? (x * y) % 17 : 3);
  const dead = (x: number, y: number): number => (x === 5 && y === 60 ? 1e6 : structure(x, y));
  expect(await windowOf(plane(100, 80, dead), 25)).toEqual({ x: 75, y: 14, width: 25, height: 25 });
});

test("is the middle of a page of one value, and all of a small one", async () => {
  const { x, y } = await windowOf(
    plane(90, 90, () => 3),
    30,
  );
  expect([x, y]).toEqual([30, 30]);
  expect(
    await windowOf(
      plane(20, 40, (x) => x),
      64,
    ),
  ).toEqual({ x: 0, y: 0, width: 20, height: 40 });
});

test("missing pixels have no contrast, and no window is mostly of them", async () => {
  const ramp = plane(80, 20, (x) => (x < 15 ? (x % 2 === 0 ? 0 : 1e4) : x < 40 ? Number.NaN : x % 5));
  expect((await windowOf(ramp, 20)).x).toBe(0);
  const gone = plane(80, 20, (x) => (x < 5 ? 1e4 * x : x < 20 ? Number.POSITIVE_INFINITY : x % 5));
  expect((await windowOf(gone, 20)).x).toBe(30);
});

test("what is small is found wherever it is, also in the middle of a page of many windows", async () => {
  for (const [left, top] of [
    [48, 48],
    [24, 66],
    [91, 13],
  ] as const) {
    const seen = (x: number, y: number): number =>
      Math.abs(x - left) < 3 && Math.abs(y - top) < 3 ? 50 + x : 3;
    const { x, y } = await windowOf(plane(100, 100, seen), 10);
    expect(Math.abs(x + 5 - left)).toBeLessThan(9);
    expect(Math.abs(y + 5 - top)).toBeLessThan(9);
    if (left === 48) expect([x, y]).toEqual([45, 45]);
  }
});

test("where all windows are mostly missing, is where the most pixels are", async () => {
  const seen = (x: number, y: number): number => (x >= 72 && y >= 60 && x % 3 === 0 ? x : Number.NaN);
  expect(await windowOf(plane(100, 80, seen), 25)).toEqual({ x: 75, y: 55, width: 25, height: 25 });
});

test("of a page as large as it may be, nine windows are read, one of them in the middle", async () => {
  const reads: (Rectangle | undefined)[] = [];
  const small = plane(8, 8, (x) => x);
  const page = { width: 1e5, height: 1e5, dtype: "float32" as const };
  const read = async (window?: Rectangle) => {
    reads.push(window);
    return small;
  };
  await contrastWindow({ ...page, read }, 8);
  expect(reads).toHaveLength(9);
  expect(reads[0]).toEqual({ x: 49_996, y: 49_996, width: 8, height: 8 });
});
