import { grad } from "@clidim/autograd";
import { key, mul, normal, sum, type Tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { atSpots } from "../../src/blindSpots/atSpots.js";
import { drawBlindSpots } from "../../src/blindSpots/blindSpots.js";

describe("atSpots", () => {
  const shape = [2, 7, 9, 1] as const;
  const spots = drawBlindSpots(key(3), shape, 4);
  const images = normal(key(4), [2, 7, 9, 3]);
  const [rows, columns, all] = interpret([spots.rows, spots.columns, images]) as unknown as number[][];
  const boxes = Array.from({ length: 2 * 2 * 3 }, (_, i) => {
    const [row, column] = [rows![i]!, columns![i]!];
    return { image: Math.floor(i / 6), row, column, inside: row < 7 && column < 9 };
  });
  const place = ({ image, row, column }: (typeof boxes)[number], channel: number): number =>
    ((image * 7 + row) * 9 + column) * 3 + channel;

  it("has the values at the spots, and 0 where these are outside", () => {
    const found = atSpots(spots, images);
    expect(found.shape).toEqual([2, 2, 3, 3]);
    const values = interpret([found])[0]!;
    for (const [i, box] of boxes.entries()) {
      for (let channel = 0; channel < 3; channel++) {
        expect(values[3 * i + channel]).toBe(box.inside ? all![place(box, channel)] : 0);
      }
    }
    expect(new Set(boxes.map(({ inside }) => inside)).size).toBe(2);
  });

  it("hands gradients back to the spots", () => {
    const weights = normal(key(5), [2, 2, 3, 3]);
    const [gradient, given] = interpret([
      grad((x: Tensor) => sum(mul(atSpots(spots, x), weights)))(images),
      weights,
    ]);
    const expected = Array.from(all!, () => 0);
    for (const [i, box] of boxes.entries()) {
      for (let channel = 0; box.inside && channel < 3; channel++) {
        expected[place(box, channel)] = given![3 * i + channel]!;
      }
    }
    expect(Array.from(gradient!)).toEqual(expected);
  });
});
