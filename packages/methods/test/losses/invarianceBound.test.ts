import { type Tensor, tensor, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds, shapes } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { betweenDistinct, bools, distinct, normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { invarianceBound } from "../../src/losses/invarianceBound.js";

const whole = tensor([1, 2, 3, 4]);
const image = tensor([0, 4, 3, 5]);
const mask = tensor([true, false, false, true]);

describe("invarianceBound", () => {
  it("is the mean square from the image, and how far outputs are apart on the mask, root and weight", () => {
    const blind = tensor([4, 0, 0, 0]);
    const expected = 6 / 4 + 2 * Math.sqrt((9 + 16) / 2);
    expect(interpret([invarianceBound(whole, blind, image, mask, 2)])[0]![0]).toBeCloseTo(expected, 10);
  });

  it("of equal outputs and of an empty mask is the mean square", () => {
    const none = zeros([4], "bool");
    for (const loss of [
      invarianceBound(whole, whole, image, mask, 2),
      invarianceBound(whole, image, image, none, 2),
    ]) {
      expect(interpret([loss])[0]![0]).toBeCloseTo(1.5, 5);
    }
  });

  it("gradients", () => {
    checkCases(
      fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
        const members = bools(shape, seed + 3);
        return {
          name: "invarianceBound",
          f: (f: Tensor, g: Tensor, x: Tensor) => invarianceBound(f, g, x, members, 2),
          inputs: [distinct(shape, seed), betweenDistinct(shape, seed + 1), normal(shape, seed + 2)],
        };
      }),
      20,
    );
  });
});
