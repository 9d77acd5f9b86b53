import { mse } from "@clidim/nn";
import { flatten, key, sizeOf, uniform } from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { describe, expect, it } from "vitest";
import { noise2noiseNetwork } from "../../src/noise2noise/network.js";
import { expectAsPytorch } from "../networks/againstPytorch.js";

describe("noise2noiseNetwork", () => {
  it("has the published widths: 48 down, 96 up, 64 and 32 at the end", () => {
    const { params } = noise2noiseNetwork({ depth: 5, filters: 48 }).init(key(0), [1, 32, 32, 1]);
    const shapeOf = (block: string, layer: string) => params[block]![layer]!.weight!.shape;
    expect(shapeOf("down1", "conv1")).toEqual([3, 3, 1, 48]);
    expect(shapeOf("down1", "conv2")).toEqual([3, 3, 48, 48]);
    expect(shapeOf("down5", "conv1")).toEqual([3, 3, 48, 48]);
    expect(shapeOf("middle", "conv1")).toEqual([3, 3, 48, 48]);
    expect(shapeOf("up5", "conv1")).toEqual([3, 3, 96, 96]);
    expect(shapeOf("up4", "conv1")).toEqual([3, 3, 144, 96]);
    expect(shapeOf("up2", "conv2")).toEqual([3, 3, 96, 96]);
    expect(shapeOf("up1", "conv1")).toEqual([3, 3, 97, 64]);
    expect(shapeOf("up1", "conv2")).toEqual([3, 3, 64, 32]);
    expect(shapeOf("head", "conv")).toEqual([3, 3, 32, 1]);
    // 17 convolutions of k inputs and n outputs have n (9 k + 1) parameters each.
    const widths = [
      [1, 48],
      ...Array.from({ length: 6 }, () => [48, 48] as const),
      [96, 96],
      [96, 96],
      ...Array.from({ length: 3 }, () => [[144, 96] as const, [96, 96] as const]).flat(),
      [97, 64],
      [64, 32],
      [32, 1],
    ] as const;
    const expected = widths.reduce((sum, [inputs, outputs]) => sum + outputs * (9 * inputs + 1), 0);
    expect(flatten(params).leaves.reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(expected);
  });

  it("keeps the variance of its input about as He's weights do, without biases", () => {
    const network = noise2noiseNetwork({ depth: 2, filters: 16 });
    const variables = network.init(key(1), [1, 16, 16, 1]);
    const { output } = network.apply(variables, uniform(key(2), [1, 16, 16, 1], { low: -2, high: 2 }), {
      train: true,
    });
    const [values, bias] = interpret([output, variables.params.up1!.conv1!.bias!]);
    const square = values!.reduce((sum: number, value) => sum + value * value, 0) / values!.length;
    expect(square).toBeGreaterThan(0.05);
    expect(square).toBeLessThan(20);
    expect(Array.from(bias!).every((value) => value === 0)).toBe(true);
  });

  it("outputs, loss and gradients are PyTorch's", () => {
    expectAsPytorch("noise2noise", noise2noiseNetwork({ depth: 2, filters: 6 }), (_, output, target) =>
      mse(output, target),
    );
  });

  it("says what is wrong", () => {
    expect(() => noise2noiseNetwork({ depth: 3, filters: 2 }).outputShape([1, 12, 8, 1])).toThrow(
      "noise2noiseNetwork: expected x of shape [N,H,W,1] with H and W multiples of 2^depth = 8, got [1,12,8,1]; pad the image",
    );
  });
});
