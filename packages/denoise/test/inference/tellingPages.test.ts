import { cutPlane, isBlank, type Plane } from "@clidim/imaging";
import { describe, expect, test } from "vitest";
import { tellingPages } from "../../src/inference/tellingPages.js";

const plane = (width: number, height: number, value: (x: number, y: number) => number): Plane => ({
  width,
  height,
  data: Float64Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});

const rectanglesOf = (page: Plane, side: number) => tellingPages([page], side)[0]!.rectangles;

/** Whether two pixels beside each other differ, a little everywhere. */
const ground = (x: number, y: number): number => (x * 7 + y * 3) % 2;

describe("tellingPages", () => {
  test("where the middle has ground alone, what has the most contrast is looked at as well", () => {
    const page = plane(200, 160, (x, y) => ground(x, y) + (x < 40 && y >= 120 ? 50 * ((x >> 2) % 2) : 0));
    const [contrast, middle, ...others] = rectanglesOf(page, 64);
    expect(others).toEqual([]);
    expect(middle).toEqual({ x: 77, y: 57, width: 45, height: 45 });
    expect(contrast).toEqual({ x: 0, y: 115, width: 45, height: 45 });
  });

  test("as many pixels as one square of the side has, and that where the contrast is near the middle", () => {
    const page = plane(200, 160, (x, y) => ground(x, y) + (Math.hypot(x - 88, y - 68) < 12 ? 50 : 0));
    const [only, ...others] = rectanglesOf(page, 64);
    expect(others).toEqual([]);
    expect(only).toMatchObject({ width: 64, height: 64 });
    expect(only!.x).toBeLessThanOrEqual(77);
    expect(only!.x + 64).toBeGreaterThanOrEqual(77 + 45);
  });

  test("all of a page that is no larger, the width of a narrow one", () => {
    const page = plane(40, 50, ground);
    expect(rectanglesOf(page, 50)).toEqual([{ x: 0, y: 0, width: 40, height: 50 }]);
    const narrow = plane(20, 300, (x, y) => ground(x, y) + (y > 280 ? x : 0));
    expect(rectanglesOf(narrow, 64)).toEqual([
      { x: 0, y: 255, width: 20, height: 45 },
      { x: 0, y: 127, width: 20, height: 45 },
    ]);
  });

  test("a hot pixel is no contrast", () => {
    const hot = plane(200, 160, (x, y) =>
      x === 10 && y === 12 ? 6e4 : 10 * ground(x, y) + (x >= 160 && y >= 120 ? 50 * ((x >> 2) % 2) : 0),
    );
    expect(rectanglesOf(hot, 64)[0]).toEqual({ x: 155, y: 115, width: 45, height: 45 });
  });

  test("what is blank is left out, and pages of nothing else are refused", () => {
    const ring = plane(200, 160, (x, y) => (x < 40 ? 1 + ground(x, y) : 0));
    const blank = plane(200, 160, () => 3);
    const found = tellingPages([blank, ring], 64);
    expect(found.map(({ page }) => page)).toEqual([ring]);
    expect(found[0]!.rectangles).toHaveLength(1);
    expect(isBlank(cutPlane(ring, found[0]!.rectangles[0]!))).toBe(false);
    expect(() => tellingPages([blank, blank], 64)).toThrow(
      /expected contrast, got 2 pages of a single value each; give pages that show something/,
    );
  });
});
