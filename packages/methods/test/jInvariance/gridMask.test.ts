import { add, key, mul, normal, reshape, tensor, where } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import {
  drawPhases,
  gridMask,
  replacementNames,
  ringMean,
  withoutMasked,
} from "../../src/jInvariance/gridMask.js";
import { invariantOutput } from "../../src/jInvariance/invariantOutput.js";

const shape = [2, 11, 14, 1];

describe("gridMask", () => {
  it("has one pixel of each square at the place of its phase, image by image", () => {
    for (const stride of [2, 4]) {
      for (let phase = 0; phase < stride ** 2; phase++) {
        const other = (phase + 1) % stride ** 2;
        const phases = reshape(tensor([phase, other], { dtype: "i32" }), [2, 1, 1, 1]);
        const [mask] = interpret([gridMask(shape, stride, phases)]);
        for (const [i, member] of Array.from(mask!).entries()) {
          const own = i < 11 * 14 ? phase : other;
          const [y, x] = [Math.floor(i / 14) % 11, i % 14];
          expect(member === 1).toBe(y % stride === Math.floor(own / stride) && x % stride === own % stride);
        }
      }
    }
  });

  it("draws each set as often as the others", () => {
    const counts = Array.from({ length: 9 }, () => 0);
    for (const phase of Array.from(interpret([drawPhases(key(2), 9000, 3)])[0]!)) counts[phase]!++;
    // Chi-squared with 8 degrees of freedom is below 26.1 in 999 of 1000 cases.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(26.1);
  });

  it("says what is wrong", () => {
    expect(() => gridMask(shape, 1, tensor(0, { dtype: "i32" }))).toThrow(
      "gridMask: stride must be a whole number of at least 2, got 1",
    );
    expect(() => ringMean(normal(key(0), [1, 4, 4, 2]))).toThrow(
      "ringMean: expected images of shape [N,H,W,1], got [1,4,4,2]",
    );
  });
});

describe("ringMean", () => {
  it("is the weighted mean of the eight pixels around, mirrored at the border", () => {
    const images = normal(key(3), shape);
    const [values, means] = interpret([images, ringMean(images)]);
    const mirrored = (at: number, extent: number): number =>
      at < 0 ? -at : at >= extent ? 2 * extent - 2 - at : at;
    for (const [i, value] of Array.from(means!).entries()) {
      const [image, y, x] = [Math.floor(i / 11 / 14), Math.floor(i / 14) % 11, i % 14];
      let sum = 0;
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          if (dy === 0 && dx === 0) continue;
          const place = (image * 11 + mirrored(y + dy, 11)) * 14 + mirrored(x + dx, 14);
          sum += values![place]! / (dy === 0 || dx === 0 ? 6 : 12);
        }
      }
      expect(value).toBeCloseTo(sum, 6);
    }
  });
});

describe("withoutMasked", () => {
  it.each(replacementNames)(
    "%s: other pixels stay, and those of the mask do not tell what they were",
    (name) => {
      const images = normal(key(4), shape);
      const mask = gridMask(shape, 3, tensor(4, { dtype: "i32" }));
      const marked = where(mask, add(images, 100), images);
      const [members, before, after, ofMarked] = interpret([
        mask,
        images,
        withoutMasked(images, mask, name),
        withoutMasked(marked, mask, name),
      ]);
      expect(ofMarked).toEqual(after);
      for (const [i, value] of Array.from(after!).entries()) {
        if (members![i]) expect(value).not.toBe(before![i]);
        else expect(value).toBe(before![i]);
      }
    },
  );
});

describe("invariantOutput", () => {
  it("tells each pixel from the others: a pixel's own value changes nothing there", async () => {
    const images = normal(key(5), shape);
    // Of the pixel itself and those beside it.
    const f = (x: typeof images) => add(mul(x, 2), ringMean(x));
    const output = (x: typeof images) => interpret([invariantOutput(f, x, 3, "interpolate")])[0]!;
    const before = output(images);
    for (const place of [0, 37, 153, 200]) {
      const one = tensor(
        Array.from({ length: 2 * 11 * 14 }, (_, i) => i === place),
        { shape },
      );
      const after = output(where(one, add(images, 5), images));
      expect(after[place]).toBe(before[place]);
      expect(after).not.toEqual(before);
    }
    // What the ring says, twice over, and once more the ring itself.
    const [ring] = interpret([ringMean(images)]);
    for (const [i, value] of Array.from(before).entries()) expect(value).toBeCloseTo(3 * ring![i]!, 5);
  });
});
