import { expect, test } from "vitest";
import { difference } from "../../src/image/difference.js";

const page = (width: number, height: number, value: (x: number, y: number) => number) => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

test("is the first page minus the second, in float64", () => {
  const ramp = page(3, 2, (x, y) => 10 * x + y);
  const { data, ...size } = difference(
    ramp,
    page(3, 2, () => 2 ** -30),
  );
  expect(size).toEqual({ width: 3, height: 2 });
  expect([...data]).toEqual([0, 10, 20, 1, 11, 21].map((value) => value - 2 ** -30));
});

test("pages of two sizes are refused", () => {
  const [wide, high] = [page(3, 2, () => 1), page(2, 3, () => 1)];
  expect(() => difference(wide, high)).toThrow("difference: expected pages of one size, got 3 x 2 and 2 x 3");
});
