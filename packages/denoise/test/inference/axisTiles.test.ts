import { reflect } from "@clidim/imaging";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisTiles } from "../../src/inference/axisTiles.js";

describe("axisTiles", () => {
  it("is one padded tile when that fits", () => {
    expect(axisTiles(100, 64, 128).map(({ start, size }) => [start, size])).toEqual([[0, 128]]);
    expect(axisTiles(1, 64, 64).map(({ start, size }) => [start, size])).toEqual([[0, 64]]);
  });

  it("covers an axis with tiles that overlap by a quarter, and factors that add up to 1", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        (length, log2, multiples) => {
          const multiple = 2 ** log2;
          const maxSize = Math.max(4, multiple * multiples);
          const tiles = axisTiles(length, multiple, maxSize);
          const total = new Float64Array(length);
          for (const { start, size, weights } of tiles) {
            expect(size % multiple).toBe(0);
            expect(size).toBeLessThanOrEqual(maxSize);
            expect(weights.length).toBe(size);
            for (let p = 0; p < size && start + p < length; p++) total[start + p]! += weights[p]!;
          }
          for (const sum of total) expect(sum).toBeCloseTo(1, 9);
          expect(tiles[0]!.start).toBe(0);
          if (tiles.length > 1) {
            const { size } = tiles[0]!;
            expect(tiles.at(-1)!.start + size).toBe(length);
            tiles.slice(1).forEach(({ start }, i) => {
              expect(tiles[i]!.start + size - start).toBeGreaterThanOrEqual(Math.floor(maxSize / 4));
            });
          }
        },
      ),
    );
  });
});

describe("axisTiles of a page that one tile hardly misses", () => {
  it("are no larger than two need be", () => {
    const tiles = axisTiles(1200, 16, 1024);
    expect(tiles.map(({ start, size }) => [start, size])).toEqual([
      [0, 736],
      [464, 736],
    ]);
  });

  it("are as few as tiles of the largest size, and one step smaller they would overlap too little", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 4000 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 8, max: 64 }),
        fc.boolean(),
        (length, multiple, multiples, aligned) => {
          const maxSize = multiple * multiples;
          const tiles = axisTiles(length, multiple, maxSize, aligned);
          if (tiles.length === 1) return;
          const [ramp, { size }] = [Math.ceil(maxSize / 4), tiles[0]!];
          const [covered, step] = aligned ? [Math.ceil(length / multiple) * multiple, multiple] : [length, 1];
          const reached = (extent: number): number =>
            extent + (tiles.length - 1) * step * Math.floor((extent - ramp) / step);
          expect(reached(size)).toBeGreaterThanOrEqual(covered);
          expect(reached(size - multiple)).toBeLessThan(covered);
          const fewer = maxSize + (tiles.length - 2) * step * Math.floor((maxSize - ramp) / step);
          expect(fewer).toBeLessThan(covered);
        },
      ),
    );
  });
});

describe("aligned axisTiles", () => {
  it("start at multiples, cover the length and overlap by a quarter of what whole multiples allow", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 20 }),
        (length, multiple, multiples) => {
          const maxSize = Math.max(4, multiple * multiples);
          if (maxSize % multiple !== 0) return;
          const tiles = axisTiles(length, multiple, maxSize, true);
          const total = new Float64Array(length);
          for (const { start, size, weights } of tiles) {
            expect(start % multiple).toBe(0);
            expect(size % multiple).toBe(0);
            for (let p = 0; p < size && start + p < length; p++) total[start + p]! += weights[p]!;
          }
          for (const sum of total) expect(sum).toBeCloseTo(1, 9);
          const last = tiles.at(-1)!;
          expect(last.start + last.size - length).toBeGreaterThanOrEqual(0);
          expect(last.start + last.size - length).toBeLessThan(multiple);
          const advance = Math.max(multiple, multiple * Math.floor((0.75 * maxSize) / multiple));
          tiles.slice(1).forEach(({ start }, i) => {
            expect(start - tiles[i]!.start).toBeLessThanOrEqual(advance);
            expect(start).toBeGreaterThan(tiles[i]!.start);
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("mirror", () => {
  it("goes back and forth without repeating the ends", () => {
    const positions = [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7];
    expect(positions.map((i) => reflect(i, 4))).toEqual([2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]);
    expect(positions.map((i) => reflect(i, 1))).toEqual(positions.map(() => 0));
    expect(positions.map((i) => reflect(i, 2))).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });
});
