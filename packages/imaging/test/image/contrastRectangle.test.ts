import { expect, test } from "vitest";
import { contrastRectangle } from "../../src/image/contrastRectangle.js";
import type { Plane } from "../../src/image/image.js";

const plane = (width: number, height: number, value: (x: number, y: number) => number): Plane => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

test("is where the structure is, within the page", () => {
  const corner = plane(100, 80, (x, y) => (x >= 70 && y >= 50 ? (x * y) % 17 : 3));
  expect(contrastRectangle(corner, 30)).toEqual({ x: 70, y: 50, width: 30, height: 30 });
  const left = plane(100, 80, (x) => (x < 10 ? 1000 + (x % 2) : 1000));
  expect(contrastRectangle(left, 40).x).toBe(0);
});

test("of a page that is no larger, or has no structure, its upper left", () => {
  expect(
    contrastRectangle(
      plane(20, 50, (x) => x),
      64,
    ),
  ).toEqual({ x: 0, y: 0, width: 20, height: 50 });
  expect(
    contrastRectangle(
      plane(90, 90, () => 4),
      32,
    ),
  ).toEqual({ x: 0, y: 0, width: 32, height: 32 });
});
