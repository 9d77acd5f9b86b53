import {
  add,
  iota,
  key,
  normal,
  reshape,
  type Shape,
  sizeOf,
  type Tensor,
  tensor,
  where,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { type BlindSpots, drawBlindSpots, maskOf } from "../../src/blindSpots/blindSpots.js";
import { type Manipulator, manipulatorNames, maskImages } from "../../src/blindSpots/manipulators.js";

/** Each pixel its position, so that a value tells where it comes from. */
const positions = (shape: Shape): Tensor => reshape(iota([sizeOf(shape)], 0, "f32"), shape);

interface Spot {
  readonly image: number;
  readonly y: number;
  readonly x: number;
  /** What stands there. */
  readonly value: number;
}

/** The spots inside the images, and what stands there. */
function spotsIn(images: Tensor, spots: BlindSpots, input: Tensor): Spot[] {
  const [rows, columns, values] = interpret([spots.rows, spots.columns, input]);
  const [, height, width] = images.shape as readonly [number, number, number, number];
  const perImage = spots.rows.shape[1]! * spots.rows.shape[2]!;
  return Array.from(rows!, (y, i) => ({ image: Math.floor(i / perImage), y, x: columns![i]! }))
    .filter(({ y, x }) => y < height && x < width)
    .map((spot) => ({ ...spot, value: values![(spot.image * height + spot.y) * width + spot.x]! }));
}

function masked(manipulator: Manipulator, images: Tensor, box: number, radius = 5, seed = 0): Spot[] {
  const spots = drawBlindSpots(key(seed), images.shape, box);
  return spotsIn(images, spots, maskImages(manipulator, key(seed + 1), images, spots, radius).input);
}

/** The pixels of the window around a spot that lie inside the image. */
function windowOf(
  values: ArrayLike<number>,
  [, height, width]: Shape,
  { image, y, x }: Spot,
  radius: number,
) {
  const inside: { value: number; dy: number; dx: number }[] = [];
  for (let v = Math.max(0, y - radius); v <= Math.min(height! - 1, y + radius); v++) {
    for (let u = Math.max(0, x - radius); u <= Math.min(width! - 1, x + radius); u++) {
      inside.push({ value: values[(image * height! + v) * width! + u]!, dy: v - y, dx: u - x });
    }
  }
  return inside;
}

const isCentre = ({ dy, dx }: { dy: number; dx: number }): boolean => dy === 0 && dx === 0;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe("maskImages", () => {
  const pixels = Float64Array.from(interpret([normal(key(9), [2, 13, 18, 1])])[0]!, Math.fround);
  // Anew for each test: what has been on the device the interpreter cannot read.
  const drawn = (): Tensor => tensor(pixels, { shape: [2, 13, 18, 1], dtype: "f32" });

  it.each(manipulatorNames)("%s: other pixels stay as they are, on the device too", async (manipulator) => {
    const images = drawn();
    const spots = drawBlindSpots(key(2), images.shape, 5);
    const { input, mask } = maskImages(manipulator, key(3), images, spots, 2);
    const [expected, where] = interpret([input, mask]);
    for (const [i, value] of Array.from(expected!).entries()) {
      expect(Number.isFinite(value)).toBe(true);
      if (!where![i]) expect(value).toBe(pixels[i]);
    }
    for (const [i, value] of Array.from(await input.data()).entries())
      expect(value).toBeCloseTo(expected![i]!, 4);
  });

  it.each([1, 2, 5])("mean and median of windows of radius %i without the spot", (radius) => {
    const images = drawn();
    for (const [manipulator, statistic] of [
      ["mean", meanOf],
      ["median", median],
    ] as const) {
      const spots = masked(manipulator, images, 3, radius);
      expect(spots.length).toBeGreaterThan(40);
      for (const spot of spots) {
        const others = windowOf(pixels, images.shape, spot, radius).filter((pixel) => !isCentre(pixel));
        expect(spot.value).toBeCloseTo(statistic(others.map(({ value }) => value)), 6);
      }
    }
  });

  it("a median among equal values", () => {
    const steps = tensor(
      Array.from({ length: 49 }, (_, i) => i % 3),
      { shape: [1, 7, 7, 1], dtype: "f32" },
    );
    const [values] = interpret([steps]);
    for (const spot of masked("median", steps, 2, 1)) {
      const others = windowOf(values!, steps.shape, spot, 1).filter((pixel) => !isCentre(pixel));
      expect(spot.value).toBe(median(others.map(({ value }) => value)));
    }
  });

  it.each(["uniform_withCP", "uniform_withoutCP"] as const)(
    "%s: each pixel of the window as often as the others",
    (manipulator) => {
      // One spot per image, at the borders as well.
      const shape = [3000, 4, 5, 1];
      const radius = 2;
      const values = positions(shape);
      const tallies = new Map<string, { expected: number; seen: number }>();
      for (const spot of masked(manipulator, values, 5, radius)) {
        const [y, x] = [Math.floor(spot.value / 5) % 4, spot.value % 5];
        expect(Math.floor(spot.value / 20)).toBe(spot.image);
        const choices = windowOf(new Float64Array(sizeOf(shape)), shape, spot, radius).filter(
          (pixel) => manipulator === "uniform_withCP" || !isCentre(pixel),
        );
        expect(choices.some(({ dy, dx }) => spot.y + dy === y && spot.x + dx === x)).toBe(true);
        for (const { dy, dx } of choices) {
          const place = `${spot.y + dy},${spot.x + dx} for ${spot.y},${spot.x}`;
          const tally = tallies.get(place) ?? { expected: 0, seen: 0 };
          tally.expected += 1 / choices.length;
          if (spot.y + dy === y && spot.x + dx === x) tally.seen++;
          tallies.set(place, tally);
        }
      }
      const chiSquared = [...tallies.values()].reduce(
        (sum, { expected, seen }) => sum + (seen - expected) ** 2 / expected,
        0,
      );
      const freedom = tallies.size - 20; // one sum is given per place of a spot
      // Within 4 standard deviations of its mean.
      expect(Math.abs(chiSquared - freedom)).toBeLessThan(4 * Math.sqrt(2 * freedom));
    },
  );

  it("uniform_withCP takes the spot itself once in 121 times", () => {
    const shape = [40, 44, 44, 1];
    const spots = masked("uniform_withCP", positions(shape), 4).filter(
      ({ y, x }) => y >= 5 && y < 39 && x >= 5 && x < 39,
    );
    const own = spots.filter(({ image, y, x, value }) => value === (image * 44 + y) * 44 + x).length;
    const expected = spots.length / 121;
    expect(Math.abs(own - expected)).toBeLessThan(4 * Math.sqrt(expected));
  });

  it.each(["uniform_withoutCP", "normal_withoutCP", "mean", "median"] as const)(
    "%s never shows the spot's own value",
    (manipulator) => {
      // One spot per image. Small images, so that many are in corners; another value there changes nothing.
      for (const shape of [
        [3000, 3, 3, 1],
        [400, 11, 11, 1],
        [500, 1, 4, 1],
        [500, 2, 1, 1],
      ]) {
        const values = positions(shape);
        const spots = drawBlindSpots(key(4), shape, 11);
        const replaced = (of: Tensor) =>
          spotsIn(of, spots, maskImages(manipulator, key(5), of, spots, 1).input);
        const marked = where(maskOf(spots), add(values, 1e6), values);
        expect(replaced(marked)).toEqual(replaced(values));
        for (const { image, y, x, value } of replaced(values)) {
          if (manipulator.endsWith("CP")) expect(value).not.toBe((image * shape[1]! + y) * shape[2]! + x);
        }
      }
    },
  );

  it("normal_withoutCP: distances of standard deviation 4, none 0", () => {
    const shape = [30, 120, 120, 1];
    const distances = masked("normal_withoutCP", positions(shape), 10)
      .filter(({ y, x }) => y >= 20 && y < 100 && x >= 20 && x < 100)
      .map(
        ({ image, y, x, value }) => [Math.floor(value / 120) - image * 120 - y, (value % 120) - x] as const,
      );
    for (const axis of [0, 1] as const) {
      const along = distances.map((distance) => distance[axis]);
      expect(Math.abs(meanOf(along))).toBeLessThan(0.4);
      // Rounding adds 1/12 to the variance, leaving out the spot 1 %.
      expect(meanOf(along.map((d) => d * d))).toBeGreaterThan(14.5);
      expect(meanOf(along.map((d) => d * d))).toBeLessThan(18);
    }
    expect(distances.some(([dy, dx]) => dy === 0 && dx !== 0)).toBe(true);
  });

  it("normal_fitted: mean and standard deviation of the window; normal_additive: the value plus N(0, radius^2)", () => {
    const noise = normal(key(11), [60, 40, 40, 1]);
    const [values] = interpret([noise]);
    const fitted = masked("normal_fitted", noise, 4, 3).map((spot) => {
      const window = windowOf(values!, noise.shape, spot, 3).map(({ value }) => value);
      const centre = meanOf(window);
      return (spot.value - centre) / Math.sqrt(meanOf(window.map((value) => (value - centre) ** 2)));
    });
    const added = masked("normal_additive", noise, 4, 3).map(
      ({ image, y, x, value }) => (value - values![(image * 40 + y) * 40 + x]!) / 3,
    );
    for (const standard of [fitted, added]) {
      expect(Math.abs(meanOf(standard))).toBeLessThan(4 / Math.sqrt(standard.length));
      expect(Math.abs(meanOf(standard.map((z) => z * z)) - 1)).toBeLessThan(
        4 * Math.sqrt(2 / standard.length),
      );
    }
  });

  it("identity leaves the images as they are", () => {
    const images = drawn();
    const spots = drawBlindSpots(key(2), images.shape, 5);
    expect(interpret([maskImages("identity", key(3), images, spots, 2).input])[0]).toEqual(pixels);
  });

  it("says what is wrong", () => {
    const spots = drawBlindSpots(key(0), [1, 8, 8, 1], 4);
    expect(() => maskImages("mean", key(0), drawn(), spots, 2)).toThrow(
      "maskImages: expected images of the shape that the spots were drawn for, [1,8,8,1], and two pixels at least, got [2,13,18,1]",
    );
    expect(() => maskImages("mean", key(0), drawn(), spots, 0)).toThrow(
      "radius must be a whole number of at least 1, got 0",
    );
  });
});
