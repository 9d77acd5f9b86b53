import { key, type Shape, type Tensor, zeros } from "@clidim/tensor";
import { valuesOf } from "@clidim/testing/values";
import { describe, expect, it } from "vitest";
import {
  type Fans,
  type Initializer,
  initializers,
  type Layer,
  layers,
  type None,
  type WeightAndBias,
} from "../src/index.js";

const fans: Fans = { fanIn: 50, fanOut: 30 };
const draw = (initializer: Initializer, shape: Shape = [100, 100]): number[] =>
  valuesOf(initializer(key(9), shape, fans));

/** Mean and standard deviation must be as given within five standard errors of 10000 independent values. */
function expectMoments(values: readonly number[], mean: number, deviation: number): void {
  const average = values.reduce((a, b) => a + b) / values.length;
  const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length);
  expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(values.length));
  expect(Math.abs(spread / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length));
}

function expectUniform(values: readonly number[], bound: number): void {
  expectMoments(values, 0, bound / Math.sqrt(3));
  const largest = Math.max(...values.map(Math.abs));
  expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
  expect(largest).toBeGreaterThan(0.99 * bound);
}

describe("initializers", () => {
  it("fill with constants", () => {
    expect(new Set(draw(initializers.zeros))).toEqual(new Set([0]));
    expect(new Set(draw(initializers.ones))).toEqual(new Set([1]));
    expect(new Set(draw(initializers.constant(0.5)))).toEqual(new Set([0.5]));
  });

  it("draw with the mean and spread they promise", () => {
    expectMoments(draw(initializers.normal()), 0, 1);
    expectMoments(draw(initializers.normal({ mean: 1, std: 0.02 })), 1, 0.02);
    expectMoments(draw(initializers.uniform()), 0.5, 1 / Math.sqrt(12));
    expectUniform(draw(initializers.uniform({ low: -3, high: 3 })), 3);
    expectUniform(draw(initializers.fanInUniform()), 1 / Math.sqrt(50));
    expectUniform(draw(initializers.xavierUniform({ gain: 2 })), 2 * Math.sqrt(6 / 80));
    expectMoments(draw(initializers.xavierNormal()), 0, Math.sqrt(2 / 80));
    expectUniform(draw(initializers.kaimingUniform()), Math.sqrt(6 / 50));
    expectUniform(
      draw(initializers.kaimingUniform({ slope: 0.2, mode: "fanOut" })),
      Math.sqrt(6 / (1.04 * 30)),
    );
    expectMoments(draw(initializers.kaimingNormal({ slope: 1 })), 0, Math.sqrt(1 / 50));
  });

  it("depend on the key alone", () => {
    const initializer = initializers.normal();
    expect(draw(initializer)).toEqual(draw(initializer));
    expect(valuesOf(initializer(key(10), [100, 100], fans))).not.toEqual(draw(initializer));
  });

  it("make orthogonal rows or columns, whichever are fewer", () => {
    for (const shape of [
      [6, 6],
      [9, 4],
      [3, 8],
      [2, 3, 5],
      [1, 1],
    ] as const) {
      const columns = shape.at(-1)!;
      const values = draw(initializers.orthogonal({ gain: 2 }), shape);
      const rows = values.length / columns;
      const tall = rows >= columns;
      const element = (vector: number, i: number): number =>
        tall ? values[i * columns + vector]! : values[vector * columns + i]!;
      for (let a = 0; a < Math.min(rows, columns); a++)
        for (let b = 0; b < Math.min(rows, columns); b++) {
          let product = 0;
          for (let i = 0; i < Math.max(rows, columns); i++) product += element(a, i) * element(b, i);
          expect(product).toBeCloseTo(a === b ? 4 : 0, 9);
        }
    }
    expect(() => draw(initializers.orthogonal(), [5])).toThrow(
      "orthogonal: expected a shape of rank 2 or more, got [5]",
    );
  });

  it("find an orthogonal matrix also near a singular one", () => {
    // Square normal matrices have smallest singular values of about 1 / n; three hundred of size 2 hold a few extreme ones.
    for (let seed = 0; seed < 300; seed++) {
      const [a, b, c, d] = valuesOf(initializers.orthogonal()(key(seed), [2, 2], fans));
      expect(Math.abs(a! * d! - b! * c!)).toBeCloseTo(1, 6);
      expect(a! * b! + c! * d!).toBeCloseTo(0, 6);
    }
  });
});

describe("defaults of the layers", () => {
  it("are PyTorch's: U(-1/sqrt(fanIn), 1/sqrt(fanIn)) for weights and biases", () => {
    const bounded = (layer: { weight: readonly number[]; bias: readonly number[] }, fanIn: number): void => {
      expectUniform(layer.weight, 1 / Math.sqrt(fanIn));
      const bias = Math.max(...layer.bias.map(Math.abs));
      expect(bias).toBeLessThanOrEqual((1 / Math.sqrt(fanIn)) * (1 + 1e-6));
      expect(bias).toBeGreaterThan(0.8 / Math.sqrt(fanIn));
    };
    const read = ({
      params,
    }: {
      params: { weight: Parameters<typeof valuesOf>[0]; bias?: Parameters<typeof valuesOf>[0] };
    }) => ({
      weight: valuesOf(params.weight),
      bias: valuesOf(params.bias!),
    });
    bounded(read(layers.linear({ out: 100 }).init(key(1), [1, 100])), 100);
    bounded(read(layers.conv2d({ out: 64, kernel: 3, groups: 2 }).init(key(1), [1, 8, 8, 32])), 16 * 9);
    // [in 32, out 64 / groups 2]: PyTorch takes the second axis of its weight for the fan in.
    bounded(
      read(layers.convTranspose2d({ out: 64, kernel: 3, groups: 2 }).init(key(1), [1, 8, 8, 32])),
      32 * 9,
    );
  });

  it("count inputs and outputs as PyTorch does, in groups too", () => {
    const fansOf = (
      make: (weightInit: Initializer) => Layer<WeightAndBias | { readonly table: Tensor }, None>,
      shape: Shape,
    ): readonly number[] => {
      let seen: Fans | undefined;
      make((_, extents, fans) => {
        seen = fans;
        return zeros(extents);
      }).init(key(0), shape);
      return [seen!.fanIn, seen!.fanOut];
    };
    // torch.nn.init._calculate_fan_in_and_fan_out(module.weight)
    const image = [1, 8, 8, 32];
    const kernel = 3;
    const grouped = { out: 64, kernel, groups: 2 };
    expect(fansOf((weightInit) => layers.conv2d({ ...grouped, weightInit }), image)).toEqual([144, 576]);
    expect(fansOf((weightInit) => layers.depthwiseConv2d({ kernel, weightInit }), image)).toEqual([9, 288]);
    expect(
      fansOf((weightInit) => layers.conv1d({ out: 8, kernel: 5, groups: 4, weightInit }), [1, 8, 4]),
    ).toEqual([5, 40]);
    expect(fansOf((weightInit) => layers.convTranspose2d({ ...grouped, weightInit }), image)).toEqual([
      288, 288,
    ]);
    expect(fansOf((weightInit) => layers.convTranspose2d({ out: 64, kernel, weightInit }), image)).toEqual([
      576, 288,
    ]);
    expect(
      fansOf((weightInit) => layers.conv3d({ out: 6, kernel: [1, 2, 3], weightInit }), [1, 4, 4, 4, 2]),
    ).toEqual([12, 36]);
    expect(fansOf((weightInit) => layers.embedding({ count: 10, size: 4, weightInit }), [1])).toEqual([
      4, 10,
    ]);
  });

  it("are normal for embeddings, and Xavier for the joint projection of attention", () => {
    expectMoments(valuesOf(layers.embedding({ count: 100, size: 100 }).init(key(2), [1]).params.table), 0, 1);
    const { inProjection, outProjection } = layers
      .multiHeadAttention({ heads: 4 })
      .init(key(2), [1, 5, 64]).params;
    expectUniform(valuesOf(inProjection.weight), Math.sqrt(6 / (64 + 192)));
    expectUniform(valuesOf(outProjection.weight), 1 / Math.sqrt(64));
    expect(new Set(valuesOf(inProjection.bias!))).toEqual(new Set([0]));
  });

  it("can be replaced", () => {
    const { params } = layers
      .linear({
        out: 2,
        weightInit: initializers.ones,
        biasInit: initializers.constant(3),
      })
      .init(key(0), [1, 2]);
    expect(valuesOf(params.weight)).toEqual([1, 1, 1, 1]);
    expect(valuesOf(params.bias!)).toEqual([3, 3]);
  });
});
