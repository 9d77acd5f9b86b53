import fc from "fast-check";
import { expect, it } from "vitest";
import { evenParts } from "../../src/noise/evenParts.js";

it("has the parts of a stable sort, each in the order of the pixels", () => {
  fc.assert(
    fc.property(
      // Few values, so that many are equal.
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 8, maxLength: 400 }),
      fc.integer({ min: 1, max: 8 }),
      (list, count) => {
        const values = Float64Array.from(list);
        const pixels = Int32Array.from(list, (_, i) => list.length - 1 - i);
        const sorted = [...pixels].sort((a, b) => values[a]! - values[b]!);
        let from = 0;
        for (const part of evenParts(pixels, values, count)) {
          const own = new Set(sorted.slice(from, from + part.length));
          expect([...part]).toEqual([...pixels].filter((pixel) => own.has(pixel)));
          from += part.length;
        }
        expect(from).toBe(list.length);
      },
    ),
  );
});

it("rare values have parts of their own, and none is of a few pixels", () => {
  // Of 10,000 pixels 1 % are bright, up to ten times as bright as the others.
  const values = Float64Array.from({ length: 10_000 }, (_, i) =>
    i % 100 === 0 ? 100 + i / 11 : 100 + (i % 7),
  );
  const pixels = Int32Array.from(values.keys());
  const parts = evenParts(pixels, values, 10);
  expect(parts.length).toBeLessThanOrEqual(20);
  for (const part of parts) expect(part.length).toBeGreaterThanOrEqual(64);
  const bright = parts.filter((part) => part.every((pixel) => pixel % 100 === 0));
  expect(bright.length).toBe(1);
  // Of few pixels, parts are of as many each.
  const few = evenParts(pixels.slice(0, 100), values, 10).map(({ length }) => length);
  expect(few).toEqual(new Array(10).fill(10));
});
