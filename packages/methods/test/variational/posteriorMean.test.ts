import { concat, foldIn, key, memoryAnalysis, slice, type Tensor, tensor, zeros } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import type { NetworkVariables } from "../../src/networks/networkTree.js";
import { ladderNetwork } from "../../src/variational/ladderNetwork.js";
import { sharedNormalsOf } from "../../src/variational/normals.js";
import { posteriorMean, posteriorSample, SAMPLES_AT_ONCE } from "../../src/variational/posteriorMean.js";
import { autoencoderNetwork } from "../../src/variational/variationalNetwork.js";
import { filled, fixtureImages } from "../networks/againstPytorch.js";

const network = autoencoderNetwork({ depth: 2, filters: 3, latents: 2 });
const ladder = ladderNetwork({
  ...{ depth: 2, filters: 3, latents: 2, blocks: 1, norm: "none", dropout: 0, freeBits: 0 },
});
const { x } = fixtureImages();
const variables = filled(network.init(key(0), x.shape));
const draw = network.posterior(variables, x, { train: false });
const pixels = x.shape.reduce((a, b) => a * b);

describe("posteriorMean", () => {
  it("is the mean of all draws, also of more than are in memory at once", () => {
    const samples = SAMPLES_AT_ONCE + 3;
    const parts = [0, SAMPLES_AT_ONCE].map(
      (first) =>
        draw(sharedNormalsOf(foldIn(key(5), first)), Math.min(SAMPLES_AT_ONCE, samples - first)).signals,
    );
    const [all, mean] = interpret([concat(parts, 0), posteriorMean(draw, x, samples, key(5))]);
    expect(all).toHaveLength(samples * pixels);
    for (let i = 0; i < pixels; i += 7) {
      const values = Array.from({ length: samples }, (_, k) => all![k * pixels + i]!);
      expect(mean![i]).toBeCloseTo(values.reduce((a, b) => a + b) / samples, 5);
    }
    const sums = Array.from({ length: samples }, (_, k) =>
      all!.slice(k * pixels, (k + 1) * pixels).reduce((a, b) => a + b),
    );
    expect(new Set(sums).size).toBe(samples);
  });

  it("of an image does not depend on the others", () => {
    const second = slice(x, [1, 0, 0, 0], [...x.shape]);
    const alone = network.posterior(variables, second, { train: false });
    const [both, one] = interpret([
      posteriorMean(draw, x, 5, key(5)),
      posteriorMean(alone, second, 5, key(5)),
    ]);
    expect(Array.from(both!).slice(pixels / 2)).toEqual(Array.from(one!));
  });

  it.each([
    ["one code", draw],
    ["a ladder of codes", ladder.posterior(filled(ladder.init(key(0), x.shape), 0.8), x, { train: false })],
  ] as const)(
    "of %s, is the mean of the samples by their numbers, also of a tile of a page",
    (_name, drawing) => {
      const samples = SAMPLES_AT_ONCE + 2;
      const [, height = 1, width = 1] = x.shape;
      for (const place of [undefined, { origin: tensor(Uint32Array.of(4, 12)), height, width }]) {
        const numbered = Array.from({ length: samples }, (_, k) =>
          posteriorSample(drawing, tensor(k, { dtype: "u32" }), key(5), place),
        );
        const [mean, ...each] = interpret([posteriorMean(drawing, x, samples, key(5), place), ...numbered]);
        for (const [i, value] of mean!.entries()) {
          expect(each.reduce((sum, signal) => sum + signal[i]!, 0) / samples).toBeCloseTo(value, 5);
        }
        expect(new Set(each.map((signal) => signal.join())).size).toBe(samples);
      }
    },
  );

  it("takes no more memory for many samples than for those at once", async () => {
    const wide = autoencoderNetwork({ depth: 2, filters: 16, latents: 8 });
    const images = zeros([1, 128, 128, 1]);
    const bytes = async (samples: number): Promise<number> => {
      const analysis = memoryAnalysis((given: NetworkVariables, noisy: Tensor) =>
        posteriorMean(wide.posterior(given, noisy, { train: false }), noisy, samples, key(0)),
      );
      return (await analysis(wide.init(key(0), images.shape), images)).temporaryBytes;
    };
    const [few, many] = [await bytes(SAMPLES_AT_ONCE), await bytes(100)];
    expect(many).toBeLessThan(1.5 * few);
  });
});
