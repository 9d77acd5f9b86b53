import { key, memoryAnalysis, type Tensor, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import type { NetworkVariables } from "../../src/networks/networkTree.js";
import { ppn2vUnet } from "../../src/networks/ppn2vUnet.js";
import { mixtureLogDensity } from "../../src/noiseLikelihood/mixtureLogDensity.js";
import { posterior, SAMPLES_AT_ONCE } from "../../src/pn2v/posterior.js";
import { filled, fixtureImages } from "../networks/againstPytorch.js";
import reference from "../networks/pytorch.json" with { type: "json" };
import { fixtureMixture, fixtureUnits } from "../noiseLikelihood/fixtureNoise.js";

const logDensity = mixtureLogDensity(fixtureMixture, fixtureUnits);
const networkOf = (outputs: number) => ppn2vUnet({ depth: 2, filters: 3, outputs });
const { x } = fixtureImages();

describe("posterior", () => {
  it("its mean is PyTorch's", () => {
    const network = networkOf(5);
    const variables = filled(network.init(key(0), x.shape));
    const [mean] = interpret([posterior(network, variables, x, 5, logDensity).mean]);
    for (const [i, expected] of reference.pn2v.mmse.entries()) {
      expect(Math.abs(mean![7 * i]! - expected)).toBeLessThan(2e-5 * (1 + Math.abs(expected)));
    }
  });

  it.each(["posterior", "prior"] as const)(
    "of more samples than are in memory at once, the %s's mean and deviation are those of all together",
    (which) => {
      const count = 2 * SAMPLES_AT_ONCE + 5;
      const network = networkOf(count);
      const variables = filled(network.init(key(0), x.shape));
      const { mean, deviation } = posterior(
        ...([network, variables, x, count] as const),
        which === "posterior" ? logDensity : undefined,
      );
      const { output } = network.apply(variables, x, { train: false });
      const [means, deviations, samples, logs] = interpret([mean, deviation, output, logDensity(x, output)]);
      for (let pixel = 0; pixel < means!.length; pixel++) {
        const at = Array.from({ length: count }, (_, k) => pixel * count + k);
        const weights = at.map((i) => (which === "posterior" ? Math.exp(logs![i]!) : 1));
        const total = weights.reduce((a, b) => a + b, 0);
        const average = (of: (s: number) => number): number =>
          at.reduce((sum, i, k) => sum + weights[k]! * of(samples![i]!), 0) / total;
        const expected = average((s) => s);
        expect(means![pixel]).toBeCloseTo(expected, 4);
        expect(deviations![pixel]).toBeCloseTo(Math.sqrt(average((s) => (s - expected) ** 2)), 3);
      }
    },
  );

  it("takes no more memory for many samples than for those at once", async () => {
    const bytes = async (count: number): Promise<number> => {
      const network = ppn2vUnet({ depth: 2, filters: 16, outputs: count });
      const analysis = memoryAnalysis(
        (variables: NetworkVariables, images: Tensor) =>
          posterior(network, variables, images, count, logDensity).mean,
      );
      const images = zeros([1, 128, 128, 1]);
      const { temporaryBytes } = await analysis(network.init(key(0), images.shape), images);
      return temporaryBytes;
    };
    const [few, many] = [await bytes(SAMPLES_AT_ONCE), await bytes(800)];
    expect(many).toBeLessThan(1.5 * few);
  });
});
