import { type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussianLoss } from "../../src/losses/gaussianLoss.js";

const [x, s] = [
  [0.3, -1.2, 0.8, 2],
  [0.1, -1, 1.4, 1.1],
];
const lossOf = (observed: readonly number[], signals: readonly number[]): number =>
  interpret([gaussianLoss(tensor(observed), tensor(signals))])[0]![0]!;

describe("gaussianLoss", () => {
  it("is the least mean of -log densities over all variances", () => {
    const squares = x!.map((value, i) => (value - s![i]!) ** 2);
    const ofVariance = (variance: number): number =>
      squares.reduce((sum, square) => sum + (square / variance + Math.log(2 * Math.PI * variance)) / 2, 0) /
      4;
    const best = squares.reduce((a, b) => a + b) / 4;
    expect(lossOf(x!, s!)).toBeCloseTo(ofVariance(best), 6);
    for (const factor of [0.9, 1.1]) expect(lossOf(x!, s!)).toBeLessThan(ofVariance(factor * best));
  });

  it("is finite where there is no difference", () => {
    expect(Number.isFinite(lossOf(x!, x!))).toBe(true);
  });

  it("gradients in observations and signals", () => {
    checkCases(
      fc.tuple(seeds, fc.integer({ min: 1, max: 3 })).map(([seed, side]) => ({
        name: "gaussianLoss",
        f: (observed: Tensor, signals: Tensor) => gaussianLoss(observed, signals),
        inputs: [normal([2, side, 3, 1], seed), normal([2, side, 3, 1], seed + 1)],
      })),
      20,
    );
  });
});
