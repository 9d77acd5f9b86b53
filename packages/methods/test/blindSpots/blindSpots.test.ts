import { iota, key, reshape } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { boxOf, drawBlindSpots, maskOf, spread } from "../../src/blindSpots/blindSpots.js";

describe("boxOf", () => {
  it.each([
    [0.198, 22],
    [0.2, 22],
    [1.5, 8],
    [3.125, 6],
    [100, 1],
  ])("%f per cent of the pixels: boxes of %i", (percent, box) => {
    expect(boxOf(percent)).toBe(box);
  });
});

describe("drawBlindSpots", () => {
  it.each([
    [[2, 64, 64, 1], 8],
    [[3, 7, 10, 1], 3],
    [[1, 5, 4, 1], 9],
    [[2, 4, 6, 1], 1],
  ] as const)("one pixel in each box of images %j, boxes of %i", (shape, box) => {
    const [images, height, width] = shape;
    const spots = drawBlindSpots(key(5), shape, box);
    const [rows, columns, mask] = interpret([spots.rows, spots.columns, maskOf(spots)]);
    const expected = Array.from({ length: images * height * width }, () => 0);
    const [down, across] = [Math.ceil(height / box), Math.ceil(width / box)];
    for (let i = 0; i < images * down * across; i++) {
      const [image, row, column] = [
        Math.floor(i / (down * across)),
        Math.floor(i / across) % down,
        i % across,
      ];
      const [y, x] = [rows![i]!, columns![i]!];
      expect(Math.floor(y / box)).toBe(row);
      expect(Math.floor(x / box)).toBe(column);
      if (y < height && x < width) expected[(image * height + y) * width + x] = 1;
    }
    expect(Array.from(mask!)).toEqual(expected);
  });

  it("the device draws what the interpreter does", async () => {
    const spots = drawBlindSpots(key(2 ** 40 + 3), [2, 20, 33, 1], 6);
    const [expected] = interpret([maskOf(spots)]);
    expect(Array.from(await maskOf(spots).data(), Number)).toEqual(Array.from(expected!));
  });

  it("every pixel of a box is as probable as the others, and a row says nothing of the column", () => {
    const box = 4;
    const draws = 16_000;
    const { rows, columns } = drawBlindSpots(key(1), [draws, box, box, 1], box);
    const [y, x] = interpret([rows, columns]);
    const counts = Array.from({ length: box * box }, () => 0);
    for (let i = 0; i < draws; i++) counts[y![i]! * box + x![i]!]!++;
    // Chi-squared with 15 degrees of freedom is below 37.7 in 999 of 1000 cases.
    const expected = draws / counts.length;
    expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(37.7);
  });

  it("boxes beyond the border lose their spots in proportion: 278 of 289 for boxes of 6 over 100 x 100", () => {
    const count = 200;
    const [mask] = interpret([maskOf(drawBlindSpots(key(7), [count, 100, 100, 1], 6))]);
    const mean = mask!.reduce((sum: number, value) => sum + value, 0) / count;
    expect(mean).toBeGreaterThan(277);
    expect(mean).toBeLessThan(278.6);
  });

  it("another key draws others, the same key the same", () => {
    const drawn = (seed: number) =>
      Array.from(interpret([maskOf(drawBlindSpots(key(seed), [1, 16, 16, 1], 4))])[0]!);
    expect(drawn(3)).toEqual(drawn(3));
    expect(drawn(3)).not.toEqual(drawn(4));
  });

  it("says what is wrong", () => {
    expect(() => drawBlindSpots(key(0), [1, 8, 8, 2], 4)).toThrow(
      "drawBlindSpots: expected images of shape [N,H,W,1], got [1,8,8,2]",
    );
    expect(() => drawBlindSpots(key(0), [1, 8, 8, 1], 0)).toThrow(
      "box must be a whole number of at least 1, got 0",
    );
  });
});

describe("spread", () => {
  it("gives every pixel the value of its box", async () => {
    const spots = drawBlindSpots(key(0), [1, 4, 5, 1], 2);
    const values = reshape(iota([6], 0), [1, 2, 3]);
    const pixels = spread(spots, values);
    expect(pixels.shape).toEqual([1, 4, 5, 1]);
    expect(Array.from(await pixels.data())).toEqual([
      0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 3, 3, 4, 4, 5,
    ]);
  });
});
