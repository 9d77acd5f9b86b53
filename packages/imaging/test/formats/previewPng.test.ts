import { decode } from "fast-png";
import { expect, test } from "vitest";
import { previewPng } from "../../src/formats/png/previewPng.js";

const page = (width: number, height: number, ...data: number[]) => ({ page: { width, height, data } });

test("panels stand side by side with one contrast and a grey line between", () => {
  const png = decode(
    previewPng([page(2, 2, 100, 300, 200, 500), page(1, 2, 0, 140)], { low: 100, high: 300 }),
  );
  expect(png).toMatchObject({ width: 7, height: 2, depth: 8, channels: 1 });
  const line = [128, 128, 128, 128];
  expect([...png.data]).toEqual([0, 255, ...line, 0, 128, 255, ...line, 51]);
});

test("panels that do not fit together are refused", () => {
  expect(() => previewPng([], { low: 0, high: 1 })).toThrow(/at least one panel/);
  expect(() => previewPng([page(1, 1, 0)], { low: 1, high: 1 })).toThrow(/low < high/);
  expect(() => previewPng([page(1, 1, 0), page(1, 2, 0, 0)], { low: 0, high: 1 })).toThrow(/1 x 1 and 1 x 2/);
});
