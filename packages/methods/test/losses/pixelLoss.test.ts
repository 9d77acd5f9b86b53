import { type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds, shapes } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { betweenDistinct, distinct } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lossNames, pixelLoss } from "../../src/losses/pixelLoss.js";

describe("pixelLoss", () => {
  it.each([
    ["mae", 7 / 4],
    ["mse", 15 / 4],
  ] as const)("%s", (name, expected) => {
    const loss = pixelLoss(name, tensor([1, 2, 3, 4]), tensor([0, 4, 0, 5]));
    expect(interpret([loss])[0]![0]).toBeCloseTo(expected, 12);
  });

  it.each(lossNames)("gradients of %s", (name) => {
    checkCases(
      fc.tuple(shapes(1), seeds).map(([shape, seed]) => ({
        name: `pixelLoss ${name}`,
        f: (x: Tensor, y: Tensor) => pixelLoss(name, x, y),
        inputs: [distinct(shape, seed), betweenDistinct(shape, seed + 1)],
      })),
      20,
    );
  });
});
