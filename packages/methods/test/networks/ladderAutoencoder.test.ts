import { flatten, key, type Shape, sizeOf, zeros } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { type LadderAutoencoderOptions, ladderAutoencoder } from "../../src/networks/ladderAutoencoder.js";

const published: LadderAutoencoderOptions = {
  ...{ depth: 6, filters: 64, latents: 32 },
  ...{ blocks: 5, norm: "batch", dropout: 0.2 },
};
const small: LadderAutoencoderOptions = {
  ...published,
  ...{ depth: 2, filters: 3, latents: 2, blocks: 1, norm: "none" },
};

describe("ladderAutoencoder", () => {
  it("has as many parameters as published", () => {
    const { params } = ladderAutoencoder(published).init(key(0), [1, 64, 64, 1]);
    const count = flatten(params).leaves.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const convolution = (a: number, b: number, side: number): number => side ** 2 * a * b + b;
    const [wide, code] = [convolution(64, 64, 3), convolution(64, 64, 3)];
    const open = 2 * (2 * 64 + wide);
    const residual = open + convolution(64, 128, 1);
    const merge = convolution(128, 64, 1) + residual;
    const level = 2 * (wide + 5 * residual) + code + convolution(32, 64, 3);
    const innermost = 2 * 32;
    const others = 5 * (2 * merge + code);
    const ends = convolution(1, 64, 5) + open + 5 * residual + convolution(64, 1, 3);
    expect(count).toBe(6 * level + innermost + others + ends);
  });

  it("sees and passes on what has the extents of its levels", () => {
    const network = ladderAutoencoder(small);
    const ladder = network.start(network.init(key(0), [1, 8, 8, 1]), { train: false });
    const seen = ladder.climb(zeros([2, 8, 12, 1]));
    expect(seen.map(({ shape }) => shape)).toEqual([
      [2, 4, 6, 3],
      [2, 2, 3, 3],
    ]);
    expect(ladder.prior(2).mean.shape).toEqual([1, 1, 1, 2]);
    const inner = ladder.posterior(2, seen[1]!);
    expect([inner.mean.shape, inner.logVariance.shape]).toEqual([
      [2, 2, 3, 2],
      [2, 2, 3, 2],
    ]);
    const above = ladder.descend(2, inner.mean);
    expect(above.shape).toEqual([2, 4, 6, 3]);
    expect(ladder.prior(1, above).mean.shape).toEqual([2, 4, 6, 2]);
    const outer = ladder.posterior(1, seen[0]!, above);
    expect(ladder.signal(ladder.descend(1, outer.mean, above)).shape).toEqual([2, 8, 12, 1]);
  });

  it("says what is wrong", () => {
    const network = ladderAutoencoder(small);
    const variables = network.init(key(0), [1, 8, 8, 1]);
    const bad: readonly Shape[] = [
      [1, 6, 8, 1],
      [1, 8, 8, 2],
    ];
    for (const shape of bad) {
      expect(() => network.start(variables, { train: false }).climb(zeros(shape))).toThrow(
        "ladderAutoencoder: expected x of shape [N,H,W,1] with H and W multiples of 2^depth = 4, got",
      );
    }
  });
});
