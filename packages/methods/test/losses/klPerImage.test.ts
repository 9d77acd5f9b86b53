import { type Tensor, tensor, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { klDivergence } from "../../src/losses/klDivergence.js";
import { klPerImage } from "../../src/losses/klPerImage.js";

describe("klPerImage", () => {
  it("is 0 of equal distributions, and with a standard normal prior sums up to klDivergence", () => {
    const q = { mean: normal([3, 2, 2, 2], 1), logVariance: normal([3, 2, 2, 2], 2) };
    const standard = { mean: zeros([1, 1, 1, 2]), logVariance: zeros([1, 1, 1, 2]) };
    const [same, each, all] = interpret([klPerImage(q, q), klPerImage(q, standard), klDivergence(q)]);
    expect(Array.from(same!)).toEqual([0, 0, 0]);
    expect(each).toHaveLength(3);
    expect(each!.reduce((a, b) => a + b)).toBeCloseTo(all![0]!, 5);
  });

  it("is what the integral over the density gives", () => {
    const [q, p] = [
      { mean: 0.7, deviation: 0.4 },
      { mean: -0.2, deviation: 1.3 },
    ];
    const step = 1e-3;
    let integral = 0;
    for (let z = -8; z < 8; z += step) {
      const log = ({ mean, deviation }: typeof q): number =>
        -((z - mean) ** 2) / (2 * deviation ** 2) - Math.log(deviation * Math.sqrt(2 * Math.PI));
      integral += step * Math.exp(log(q)) * (log(q) - log(p));
    }
    const [of, from] = [q, p].map(({ mean, deviation }) => ({
      mean: tensor([[mean]]),
      logVariance: tensor([[2 * Math.log(deviation)]]),
    }));
    expect(interpret([klPerImage(of!, from!)])[0]![0]).toBeCloseTo(integral, 5);
  });

  it("gradients in both distributions", () => {
    checkCases(
      fc.tuple(seeds, fc.integer({ min: 1, max: 3 }), fc.boolean()).map(([seed, side, everywhere]) => ({
        name: "klPerImage",
        f: (mean: Tensor, logVariance: Tensor, priorMean: Tensor, priorLogVariance: Tensor) =>
          klPerImage({ mean, logVariance }, { mean: priorMean, logVariance: priorLogVariance }),
        inputs: [0, 1, 2, 3].map((i) =>
          normal(everywhere && i > 1 ? [1, 1, 1, 2] : [2, side, side, 2], seed + i),
        ),
      })),
      20,
    );
  });
});
