import { mse } from "@clidim/nn";
import { flatten, key, type Shape, sizeOf, slice } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { ppn2vUnet } from "../../src/networks/ppn2vUnet.js";
import { expectAsPytorch } from "./againstPytorch.js";

describe("ppn2vUnet", () => {
  it.each([
    [1, 1_677_377],
    [800, 1_729_312],
  ])("%i outputs: %i parameters, as published", (outputs, count) => {
    const { params } = ppn2vUnet({ depth: 2, filters: 64, outputs }).init(key(0), [1, 4, 4, 1]);
    expect(flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(count);
  });

  it("starts as Glorot's normal weights without biases, transposed convolutions as PyTorch's", () => {
    const { params } = ppn2vUnet({ depth: 2, filters: 32, outputs: 1 }).init(key(3), [1, 4, 4, 1]);
    const values = (block: string, layer: string, leaf: string) =>
      Array.from(interpret([params[block]![layer]![leaf]!])[0]!);
    const weights = values("down2", "conv2", "weight");
    const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    expect(variance / (2 / (2 * 64 * 9))).toBeGreaterThan(0.97);
    expect(variance / (2 / (2 * 64 * 9))).toBeLessThan(1.03);
    expect(Math.max(...weights)).toBeGreaterThan(3 * Math.sqrt(variance));
    for (const block of ["down1", "down3", "up1"]) {
      expect(values(block, "conv1", "bias").every((bias) => bias === 0)).toBe(true);
    }
    // U(-b, b), b = 1 / sqrt(32 outputs x 2 x 2).
    const enlarging = values("enlarge1", "conv", "weight").map(Math.abs);
    expect(Math.max(...enlarging)).toBeLessThanOrEqual(1 / Math.sqrt(128));
    expect(Math.max(...enlarging)).toBeGreaterThan(0.99 / Math.sqrt(128));
    expect(values("enlarge1", "conv", "bias").some((bias) => bias !== 0)).toBe(true);
  });

  it("outputs, loss and gradients are PyTorch's", () => {
    expectAsPytorch("ppn2v", ppn2vUnet({ depth: 2, filters: 3, outputs: 2 }), (_, output, target) =>
      mse(slice(output, [0, 0, 0, 0], [2, 8, 12, 1]), target),
    );
  });

  it("says what is wrong", () => {
    const network = ppn2vUnet({ depth: 2, filters: 2, outputs: 3 });
    expect(network.outputShape([2, 8, 4, 1])).toEqual([2, 8, 4, 3]);
    const bad: readonly Shape[] = [
      [1, 6, 8, 1],
      [1, 8, 8, 2],
      [8, 8, 1],
    ];
    for (const shape of bad) {
      expect(() => network.outputShape(shape)).toThrow(
        "ppn2vUnet: expected x of shape [N,H,W,1] with H and W multiples of 2^depth = 4, got",
      );
    }
  });
});
