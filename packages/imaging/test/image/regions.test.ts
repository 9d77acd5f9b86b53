import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cutPlane,
  overlappingRegions,
  type RegionName,
  regionNames,
  regionRectangle,
} from "../../src/image/regions.js";

const size = fc.record({ width: fc.integer({ min: 2, max: 40 }), height: fc.integer({ min: 2, max: 40 }) });

/** How many of the regions each pixel belongs to. */
function coverage(
  regions: readonly RegionName[],
  { width, height }: { readonly width: number; readonly height: number },
): number[] {
  const counts = Array.from({ length: width * height }, () => 0);
  for (const region of regions) {
    const rectangle = regionRectangle(region, { width, height });
    for (let y = 0; y < rectangle.height; y++) {
      for (let x = 0; x < rectangle.width; x++) counts[(rectangle.y + y) * width + rectangle.x + x]!++;
    }
  }
  return counts;
}

describe("regions", () => {
  test("halves and quadrants cover every pixel once, of odd sides too", () => {
    fc.assert(
      fc.property(size, (page) => {
        for (const parts of [
          ["left", "right"],
          ["top", "bottom"],
          ["top-left", "top-right", "bottom-left", "bottom-right"],
          ["left", "top-right", "bottom-right"],
        ] as const) {
          expect(new Set(coverage(parts, page))).toEqual(new Set([1]));
        }
      }),
    );
  });

  test("overlappingRegions names two regions that share pixels, where there are such", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...regionNames), { maxLength: 4 }), size, (regions, page) => {
        const found = overlappingRegions(regions);
        expect(found !== undefined).toBe(coverage(regions, page).some((count) => count > 1));
        if (found) expect(coverage(found, page).some((count) => count > 1)).toBe(true);
      }),
    );
  });

  test("cutPlane takes the pixels of a rectangle, and refuses one that reaches out", () => {
    fc.assert(
      fc.property(size, fc.constantFrom(...regionNames), (page, region) => {
        const data = Float32Array.from({ length: page.width * page.height }, (_, i) => i);
        const rectangle = regionRectangle(region, page);
        const cut = cutPlane({ ...page, data }, rectangle);
        expect([cut.width, cut.height]).toEqual([rectangle.width, rectangle.height]);
        const covered = coverage([region], page).flatMap((count, i) => (count === 1 ? [i] : []));
        expect([...Array.from(cut.data)]).toEqual(covered);
      }),
    );
    for (const Pixels of [Uint8Array, Uint16Array, Int16Array, Float32Array, Float64Array]) {
      const page = { width: 2, height: 2, data: new Pixels([1, 2, 3, 2 ** 24 + 1]) };
      const { data } = cutPlane(page, { x: 1, y: 0, width: 1, height: 2 });
      expect(data).toEqual(new Pixels([2, 2 ** 24 + 1]));
      expect(data).toBeInstanceOf(Pixels);
    }
    const exact = cutPlane({ width: 1, height: 1, data: [2 ** 24 + 1] }, { x: 0, y: 0, width: 1, height: 1 });
    expect(exact.data[0]).toBe(2 ** 24 + 1);
    const page = { width: 4, height: 3, data: new Float32Array(12) };
    expect(() => cutPlane(page, { x: 2, y: 0, width: 3, height: 1 })).toThrow(
      /cutPlane: expected a rectangle within 4 x 3 pixels, got 3 x 1 at 2, 0/,
    );
  });
});
