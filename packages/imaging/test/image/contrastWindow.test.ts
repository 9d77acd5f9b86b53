import { expect, test } from "vitest";
import { contrastWindow, contrastWindowOf } from "../../src/image/contrastWindow.js";
import type { Plane } from "../../src/image/image.js";
import { pageInMemory } from "../../src/image/lazyPage.js";

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
  const structure = (x: number, y: number): number => (x >= 76 && y < 20 ? (x * y) % 17 : 3);
  const dead = (x: number, y: number): number => (x === 5 && y === 60 ? 1e6 : structure(x, y));
  expect(await windowOf(plane(100, 80, dead), 25)).toEqual({ x: 75, y: 0, width: 25, height: 25 });
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
  expect((await windowOf(gone, 20)).x).toBe(20);
});

test("of a page as large as it may be, sixteen places are read", async () => {
  let reads = 0;
  const small = plane(8, 8, (x) => x);
  const page = { width: 1e5, height: 1e5, dtype: "float32" as const };
  const read = async () => {
    reads++;
    return small;
  };
  await contrastWindow({ ...page, read }, 8);
  expect(reads).toBe(16);
});
