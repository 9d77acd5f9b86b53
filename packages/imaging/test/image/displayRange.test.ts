import { expect, test } from "vitest";
import { displayRange } from "../../src/image/displayRange.js";
import type { Plane } from "../../src/image/image.js";
import { previewPng } from "../../src/index.js";

const plane = (value: (x: number, y: number) => number): Plane => ({
  width: 100,
  height: 100,
  data: Float32Array.from({ length: 1e4 }, (_, i) => value(i % 100, Math.floor(i / 100))),
});

test("spans the page, also where hardly any pixel differs", () => {
  expect(displayRange(plane((x) => x))).toEqual({ low: 0, high: 99 });
  expect(displayRange(plane((x, y) => (x + y === 0 ? 5 : 1)))).toEqual({ low: 1, high: 5 });
});

test("a page of one grey value is shown as grey, however large the value", () => {
  for (const value of [0, 7, -7, 1e30]) {
    const page = plane(() => value);
    const { low, high } = displayRange(page);
    expect((low + high) / 2).toBeCloseTo(Math.fround(value), 5);
    expect(() => previewPng([{ page }], { low, high })).not.toThrow();
  }
});
