import { cast, onesLike, slice, type Tensor, tensor, zerosLike } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { seeds } from "@clidim/testing/arbitraries";
import { checkCases } from "@clidim/testing/checkCases";
import { bools, distinct, normal } from "@clidim/testing/fills";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ppn2vUnet } from "../../src/networks/ppn2vUnet.js";
import { mixtureLogDensity } from "../../src/noiseLikelihood/mixtureLogDensity.js";
import { likelihoodLoss } from "../../src/pn2v/likelihoodLoss.js";
import { expectAsPytorch } from "../networks/againstPytorch.js";
import { betweenMixture, fixtureMixture, fixtureUnits } from "../noiseLikelihood/fixtureNoise.js";
import { everyThird } from "./everyThird.js";

const logDensity = mixtureLogDensity(fixtureMixture, fixtureUnits);
const between = mixtureLogDensity(betweenMixture, fixtureUnits);

describe("likelihoodLoss", () => {
  it("loss and gradients are PyTorch's", () => {
    // The outputs alone are compared as those of "ppn2v".
    expectAsPytorch(
      "pn2v",
      ppn2vUnet({ depth: 2, filters: 3, outputs: 5 }),
      (_, samples, target) => likelihoodLoss(logDensity, target, samples, everyThird(target)),
      ["output"],
    );
  });

  it("is that of one sample for many of the same, and 0 where no pixel counts", () => {
    const observed = tensor([0.2, -0.4, 1, 0.1], { shape: [1, 2, 2, 1] });
    const one = tensor([0.3, -0.2, 0.5, 0.3], { shape: [1, 2, 2, 1] });
    const ones = onesLike(observed);
    const samples = tensor(
      [0.3, -0.2, 0.5, 0.3].flatMap((s) => [s, s, s]),
      { shape: [1, 2, 2, 3] },
    );
    const [single, many, none] = interpret([
      likelihoodLoss(logDensity, observed, one, ones),
      likelihoodLoss(logDensity, observed, samples, ones),
      likelihoodLoss(logDensity, observed, samples, zerosLike(observed)),
    ]).map((values) => values[0]!);
    expect(many).toBeCloseTo(single!, 6);
    expect(none).toBeCloseTo(0, 12);
  });

  it("gradients in the samples", () => {
    checkCases(
      fc
        .tuple(seeds, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))
        .map(([seed, side, count]) => {
          const observed = normal([1, side, 2, 1], seed);
          const weights = cast(bools([1, side, 2, 1], seed), "f32");
          return {
            name: "likelihoodLoss",
            f: (samples: Tensor) => likelihoodLoss(between, observed, samples, weights),
            inputs: [distinct([1, side, 2, count], seed + 1)],
          };
        }),
      20,
    );
  });

  it("says what is wrong", () => {
    const samples = tensor([1, 2, 3, 4], { shape: [1, 1, 2, 2] });
    const one = slice(samples, [0, 0, 0, 0], [1, 1, 2, 1]);
    expect(() => likelihoodLoss(logDensity, one, samples, samples)).toThrow(
      "likelihoodLoss: expected observations and weights [1,1,2,1] beside samples [1,1,2,2], got [1,1,2,1] and [1,1,2,2]",
    );
  });
});
