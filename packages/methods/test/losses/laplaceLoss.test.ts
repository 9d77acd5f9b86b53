import { type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds, shapes } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { betweenDistinct, distinct, positive } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laplaceLoss } from "../../src/losses/laplaceLoss.js";

describe("laplaceLoss", () => {
  it("is the negative logarithm of the density, whose integral is 1", () => {
    const [centre, scale, target] = [tensor([1, 0]), tensor([0.5, 2]), tensor([0, 3])];
    const expected = (2 + Math.log(1) + (3 / 2 + Math.log(4))) / 2;
    expect(interpret([laplaceLoss(centre, scale, target)])[0]![0]).toBeCloseTo(expected, 12);
    const step = 0.01;
    let integral = 0;
    for (let y = -20; y <= 20; y += step) {
      const loss = interpret([laplaceLoss(tensor([1]), tensor([0.7]), tensor([y]))])[0]![0]!;
      integral += step * Math.exp(-loss);
    }
    expect(integral).toBeCloseTo(1, 3);
  });

  it("is least where the scale is the mean absolute difference", () => {
    const [centre, target] = [tensor([0, 0, 0, 0]), tensor([1, -2, 3, 6])];
    const at = (scale: number): number =>
      interpret([laplaceLoss(centre, tensor([scale, scale, scale, scale]), target)])[0]![0]!;
    expect(at(3)).toBeLessThan(at(2.9));
    expect(at(3)).toBeLessThan(at(3.1));
  });

  it("gradients", () => {
    checkCases(
      fc.tuple(shapes(1), seeds).map(([shape, seed]) => ({
        name: "laplaceLoss",
        f: (centre: Tensor, scale: Tensor, target: Tensor) => laplaceLoss(centre, scale, target),
        inputs: [distinct(shape, seed), positive(shape, seed + 1), betweenDistinct(shape, seed + 2)],
      })),
      20,
    );
  });

  it("says what is wrong", () => {
    expect(() => laplaceLoss(tensor([1]), tensor([1, 1]), tensor([1]))).toThrow(
      "laplaceLoss: expected centre, scale and target of one shape, got [1], [2], [1]",
    );
  });
});
