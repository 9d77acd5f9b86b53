import { expect, test } from "vitest";
import { describeAsImagej } from "../../../src/formats/tiff/imagejDescription.js";
import { rationalOf, TAGS } from "../../../src/formats/tiff/tiffTags.js";

/** How a step is written: units on pixels; undefined where ImageJ's tags do not have it. */
function written(step: number): readonly [pixels: number, units: number] | undefined {
  const along = { step, unit: "m" };
  const header = { axes: ["Y", "X"], shape: [4, 4], dtype: "uint8" } as const;
  const found = describeAsImagej({ ...header, metadata: { calibration: { X: along, Y: along } } });
  const tag = found?.resolution.find(({ tag }) => tag === TAGS.yResolution);
  return tag && rationalOf(tag);
}

test("steps of decimal fractions are written exactly", () => {
  expect(written(0.325)).toEqual([1000, 325]);
  expect(written(2)).toEqual([1, 2]);
  expect(written(1e-7)).toEqual([1e7, 1]);
  for (const step of [0.1083, 65.00271, 123456.789]) {
    const [pixels, units] = written(step)!;
    expect(units / pixels).toBe(step);
  }
});

test.each([1.0835e-7, 6.53e-8, 2.1e-9, 3.25e-10, 1 / 3, Math.PI, 0.1083333333333, 4e9 / 7])(
  "%d is written to more digits than any pixel size has",
  (step) => {
    const [pixels, units] = written(step)!;
    expect(Math.abs(units / pixels - step)).toBeLessThan(2 ** -31 * step);
    for (const number of [pixels, units]) expect(number).toBe(number >>> 0);
  },
);

test("ImageJ's tags have no word for steps that are no fraction of 32 bits", () => {
  for (const step of [1e-10, 5e9, Number.MIN_VALUE]) expect(written(step)).toBeUndefined();
});
