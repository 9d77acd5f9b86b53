import { expect, test } from "vitest";
import { castImage } from "../../src/image/castImage.js";
import { meanImage } from "../../src/image/meanImage.js";

const plane = (...data: number[]) => ({ width: data.length, height: 1, data });

test("integers are rounded with halves to even and clipped to the dtype's range", () => {
  const values = plane(-0.5, 0.5, 1.5, 2.5, 2.51, -3, 254.6, 255.4, 300, 70000);
  expect([...castImage(values, "uint8").data]).toEqual([0, 0, 2, 2, 3, 0, 255, 255, 255, 255]);
  expect([...castImage(values, "uint16").data]).toEqual([0, 0, 2, 2, 3, 0, 255, 255, 300, 65535]);
  expect([...castImage(plane(-1.5, -2.5, -40000, 40000), "int16").data]).toEqual([-2, -2, -32768, 32767]);
  expect(castImage(plane(0.1), "float32").data[0]).toBe(Math.fround(0.1));
});

test("a value that is not finite is refused with its place", () => {
  const page = { width: 2, height: 2, data: [0, 1, 2, Number.NaN] };
  expect(() => castImage(page, "uint8")).toThrow(/NaN at x 1, y 1/);
  // Finite in float64 alone.
  const large = { width: 2, height: 1, data: Float64Array.of(3e38, -1e39) };
  expect(() => castImage(large, "float32")).toThrow(/finite in float32, got -1e\+39 at x 1, y 0/);
  expect([...castImage(large, "uint8").data]).toEqual([255, 0]);
});

test("the mean is accumulated in float64", () => {
  const pages = Array.from({ length: 4096 }, (_, i) => castImage(plane(65535, i % 2), "uint16"));
  expect([...meanImage(pages).data]).toEqual([65535, 0.5]);
  expect(() => meanImage([castImage(plane(1), "uint8"), castImage(plane(1, 2), "uint8")])).toThrow(
    /differ in size/,
  );
});
