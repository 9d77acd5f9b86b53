import { grad } from "@clidim/autograd";
import { type Tensor, tensor, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds, shapes } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { betweenDistinct, bools, distinct } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskedLoss } from "../../src/blindSpots/maskedLoss.js";
import { lossNames } from "../../src/losses/pixelLoss.js";

const output = tensor([1, 2, 3, 4]);
const image = tensor([0, 4, 9, 4]);
const mask = tensor([true, true, false, true]);

describe("maskedLoss", () => {
  it.each([
    ["mae", 1],
    ["mse", 5 / 3],
  ] as const)("%s over the mask alone", (name, expected) => {
    expect(interpret([maskedLoss(name, output, image, mask)])[0]![0]).toBeCloseTo(expected, 12);
  });

  it.each([
    ["mae", [1 / 3, -1 / 3, 0, 0]],
    ["mse", [2 / 3, -4 / 3, 0, 0]],
  ] as const)("%s: nothing goes back to other pixels", (name, expected) => {
    const gradient = grad((x: Tensor) => maskedLoss(name, x, image, mask))(output);
    for (const [i, value] of Array.from(interpret([gradient])[0]!).entries())
      expect(value).toBeCloseTo(expected[i]!, 12);
  });

  it.each(lossNames)("%s of an empty mask is 0, and so is its gradient", (name) => {
    const f = (x: Tensor) => maskedLoss(name, x, image, zeros([4], "bool"));
    const [loss, gradient] = interpret([f(output), grad(f)(output)]);
    expect(loss![0]).toBe(0);
    expect(Array.from(gradient!, Math.abs)).toEqual([0, 0, 0, 0]);
  });

  it.each(lossNames)("gradients of %s", (name) => {
    checkCases(
      fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
        const members = bools(shape, seed + 2);
        return {
          name: `maskedLoss ${name}`,
          f: (x: Tensor, y: Tensor) => maskedLoss(name, x, y, members),
          inputs: [distinct(shape, seed), betweenDistinct(shape, seed + 1)],
        };
      }),
      20,
    );
  });

  it("says what is wrong", () => {
    expect(() => maskedLoss("mse", output, image, zeros([3], "bool"))).toThrow(
      "maskedLoss: expected output, image and mask of one shape, got [4], [4], [3]",
    );
  });
});
