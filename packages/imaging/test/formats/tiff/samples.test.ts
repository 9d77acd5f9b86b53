import { expect, test } from "vitest";
import { InexactValue, putPixels } from "../../../src/formats/tiff/samples.js";

const read = (...values: number[]): Float32Array => {
  const pixels = new Float32Array(values.length);
  const samples = Float64Array.from(values);
  putPixels(pixels, 0, samples, { from: 0, count: values.length, step: 1, stored: "float64" });
  return pixels;
};

test("numbers of 64 bits are rounded, but none becomes infinite", () => {
  expect([...read(0.1, -3e38, Infinity, Number.NaN)]).toEqual([
    Math.fround(0.1),
    Math.fround(-3e38),
    Infinity,
    Number.NaN,
  ]);
  expect(() => read(1, 1e300)).toThrow(InexactValue);
  expect(() => read(-3.5e38)).toThrow(InexactValue);
});
