import { type Tensor, tensor } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { klDivergence } from "../../src/losses/klDivergence.js";

const divergence = (mean: readonly number[], logVariance: readonly number[]): number =>
  interpret([klDivergence({ mean: tensor(mean), logVariance: tensor(logVariance) })])[0]![0]!;

describe("klDivergence", () => {
  it("is 0 of standard normal distributions alone, and a sum over all", () => {
    expect(divergence([0, 0], [0, 0])).toBe(0);
    expect(divergence([1e-3], [0])).toBeGreaterThan(0);
    expect(divergence([1.5, 0], [0, Math.log(4)])).toBeCloseTo(1.125 + (4 - 1 - Math.log(4)) / 2, 6);
  });

  it("is what the integral over the density gives", () => {
    const [mean, deviation] = [0.7, 0.4];
    const step = 1e-3;
    let integral = 0;
    for (let z = -8; z < 8; z += step) {
      const log = -((z - mean) ** 2) / (2 * deviation ** 2) - Math.log(deviation);
      integral += (step * Math.exp(log) * (log + z ** 2 / 2)) / Math.sqrt(2 * Math.PI);
    }
    expect(divergence([mean], [2 * Math.log(deviation)])).toBeCloseTo(integral, 6);
  });

  it("gradients in mean and variance", () => {
    checkCases(
      fc.tuple(seeds, fc.integer({ min: 1, max: 3 })).map(([seed, side]) => ({
        name: "klDivergence",
        f: (mean: Tensor, logVariance: Tensor) => klDivergence({ mean, logVariance }),
        inputs: [normal([2, side, 3], seed), normal([2, side, 3], seed + 1)],
      })),
      20,
    );
  });
});
