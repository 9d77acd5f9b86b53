import { flatten, key, type Shape, sizeOf, zeros } from "@clidim/tensor";
import { describe, expect, it } from "vitest";
import { variationalAutoencoder } from "../../src/networks/variationalAutoencoder.js";

describe("variationalAutoencoder", () => {
  it("has the codes and the signals of its images' extents, and as many parameters as published", () => {
    const network = variationalAutoencoder({ depth: 2, filters: 32, latents: 64 });
    const variables = network.init(key(0), [1, 8, 8, 1]);
    const count = flatten(variables.params).leaves.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    // Two levels each way, two heads of the code and one of the signal.
    const convolution = (a: number, b: number, side = 3): number => side ** 2 * a * b + b;
    const down = [convolution(1, 32), convolution(32, 32), convolution(32, 64), convolution(64, 64)];
    const up = [convolution(64, 64), convolution(64, 64), convolution(64, 64, 2)];
    const top = [convolution(64, 32), convolution(32, 32), convolution(32, 32, 2), convolution(32, 1)];
    const all = [...down, convolution(64, 64), convolution(64, 64), ...up, ...top];
    expect(count).toBe(all.reduce((a, b) => a + b));
    const code = network.encode(variables, zeros([3, 8, 12, 1]), { train: false });
    expect([code.mean.shape, code.logVariance.shape]).toEqual([
      [3, 2, 3, 64],
      [3, 2, 3, 64],
    ]);
    expect(network.decode(variables, code.mean, { train: false }).shape).toEqual([3, 8, 12, 1]);
  });

  it("says what is wrong", () => {
    const network = variationalAutoencoder({ depth: 2, filters: 2, latents: 2 });
    const variables = network.init(key(0), [1, 8, 8, 1]);
    const bad: readonly Shape[] = [
      [1, 6, 8, 1],
      [1, 8, 8, 2],
    ];
    for (const shape of bad) {
      expect(() => network.encode(variables, zeros(shape), { train: false })).toThrow(
        "variationalAutoencoder: expected x of shape [N,H,W,1] with H and W multiples of 2^depth = 4, got",
      );
    }
  });
});
