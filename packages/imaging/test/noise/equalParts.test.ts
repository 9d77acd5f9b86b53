import fc from "fast-check";
import { expect, it } from "vitest";
import { equalParts } from "../../src/noise/equalParts.js";

it("has the parts of a stable sort, each in the order of the pixels", () => {
  fc.assert(
    fc.property(
      // Few values, so that many are equal.
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 8, maxLength: 80 }),
      fc.integer({ min: 1, max: 8 }),
      (list, count) => {
        const values = Float64Array.from(list);
        const pixels = Int32Array.from(list, (_, i) => list.length - 1 - i);
        const sorted = [...pixels].sort((a, b) => values[a]! - values[b]!);
        const parts = equalParts(pixels, values, count);
        expect(parts).toHaveLength(count);
        parts.forEach((part, k) => {
          const [from, to] = [k, k + 1].map((n) => Math.floor((n * list.length) / count));
          const own = new Set(sorted.slice(from, to));
          expect([...part]).toEqual([...pixels].filter((pixel) => own.has(pixel)));
        });
      },
    ),
  );
});
