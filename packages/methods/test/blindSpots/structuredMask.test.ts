import { key, normal, tensor, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { drawBlindSpots } from "../../src/blindSpots/blindSpots.js";
import { maskImages } from "../../src/blindSpots/manipulators.js";
import { hideNeighbours, structAxes } from "../../src/blindSpots/structuredMask.js";

const [height, width] = [23, 31];
const shape = [2, height, width, 1];

describe("hideNeighbours", () => {
  it.each(structAxes)("%s: hides what lies near a spot on its line, and nothing else", async (axis) => {
    for (const span of [3, 7]) {
      const images = normal(key(1), shape);
      const spots = drawBlindSpots(key(2), shape, 6);
      const masked = maskImages("uniform_withoutCP", key(3), images, spots, 2);
      const hidden = hideNeighbours(masked, key(4), axis, span);
      const [before, mask, after, maskAfter] = interpret([
        masked.input,
        masked.mask,
        hidden.input,
        hidden.mask,
      ]);
      expect(maskAfter).toEqual(mask);
      const isSpot = (image: number, y: number, x: number): boolean =>
        y >= 0 && y < height && x >= 0 && x < width && mask![(image * height + y) * width + x] === 1;
      let changed = 0;
      for (const [i, value] of Array.from(after!).entries()) {
        const [image, y, x] = [Math.floor(i / height / width), Math.floor(i / width) % height, i % width];
        const near = Array.from({ length: span }, (_, k) => k - (span - 1) / 2).some((by) =>
          axis === "horizontal" ? isSpot(image, y, x + by) : isSpot(image, y + by, x),
        );
        if (isSpot(image, y, x) || !near) expect(value).toBe(before![i]);
        else {
          expect(value).not.toBe(before![i]);
          expect(Math.abs(value)).toBeLessThanOrEqual(2);
          changed++;
        }
      }
      expect(changed).toBeGreaterThan(20);
    }
  });

  it("draws uniform values from -2 to 2", () => {
    const mask = tensor(
      Array.from({ length: 60 * 63 }, (_, i) => (i % 63) % 7 === 3),
      { shape: [1, 60, 63, 1] },
    );
    const { input } = hideNeighbours({ input: zeros([1, 60, 63, 1]), mask }, key(0), "horizontal", 7);
    const values = Array.from(interpret([input])[0]!).filter((_, i) => (i % 63) % 7 !== 3);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(variance).toBeCloseTo(16 / 12, 1);
    expect(Math.max(...values)).toBeLessThanOrEqual(2);
  });

  it("says what is wrong", () => {
    const masked = { input: zeros(shape), mask: zeros(shape, "bool") };
    for (const span of [1, 4]) {
      expect(() => hideNeighbours(masked, key(0), "vertical", span)).toThrow(
        `hideNeighbours: span must be an odd number of at least 3, got ${span}`,
      );
    }
  });
});
