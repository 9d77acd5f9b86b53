import { add, key, mul, type Shape, type Tensor, tensor } from "@clidim/tensor";
import { normal } from "@clidim/testing/fills";
import { expectClose, settled, valuesOf } from "@clidim/testing/values";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyLayer, initializers, layers } from "../src/index.js";

const training = { train: true };
const evaluation = { train: false };
const drawn = (seed: number, shape: Shape): Tensor => settled(add(mul(normal(shape, seed), 3), 5));

/** (x - mean) / sqrt(var + epsilon) within each class that `classOf` names, by two passes over the values. */
function standardized(values: readonly number[], classOf: (i: number) => string, epsilon: number): number[] {
  const classes = new Map<string, number[]>();
  for (const i of values.keys()) classes.set(classOf(i), [...(classes.get(classOf(i)) ?? []), i]);
  const result = new Array<number>(values.length);
  for (const members of classes.values()) {
    const mean = members.reduce((sum, i) => sum + values[i]!, 0) / members.length;
    const variance = members.reduce((sum, i) => sum + (values[i]! - mean) ** 2, 0) / members.length;
    for (const i of members) result[i] = (values[i]! - mean) / Math.sqrt(variance + epsilon);
  }
  return result;
}

const shapes = fc.tuple(
  fc.integer({ min: 2, max: 3 }),
  fc.integer({ min: 2, max: 4 }),
  fc.integer({ min: 1, max: 3 }),
  fc.constantFrom(2, 4, 6),
);

describe("batchNorm", () => {
  const layer = layers.batchNorm({
    weightInit: initializers.uniform({ low: 0.5, high: 2 }),
    biasInit: initializers.normal(),
  });

  it("normalises with the batch in training and moves the statistics as PyTorch does", () => {
    fc.assert(
      fc.property(shapes, fc.nat(1000), (shape, seed) => {
        const channels = shape[3];
        const x = drawn(seed, shape);
        const { params, stats } = layer.init(key(seed), shape);
        const result = layer.apply({ params, stats }, x, training);
        const values = valuesOf(x);
        const [weight, bias] = [valuesOf(params.weight!), valuesOf(params.bias!)];
        expectClose(
          valuesOf(result.output),
          standardized(values, (i) => `${i % channels}`, 1e-5).map(
            (v, i) => v * weight[i % channels]! + bias[i % channels]!,
          ),
        );
        const count = values.length / channels;
        const [means, variances] = [valuesOf(result.stats.mean), valuesOf(result.stats.variance)];
        for (let c = 0; c < channels; c++) {
          const own = values.filter((_, i) => i % channels === c);
          const mean = own.reduce((a, b) => a + b) / count;
          const unbiased = own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (count - 1);
          expect(means[c]).toBeCloseTo(0.1 * mean, 9);
          expect(variances[c]).toBeCloseTo(0.9 + 0.1 * unbiased, 9);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("uses the running statistics in evaluation and leaves them alone", () => {
    const x = drawn(4, [2, 3, 2]);
    const { params } = layer.init(key(1), x.shape);
    const stats = { mean: tensor([4, 6]), variance: tensor([4, 9]) };
    const result = layer.apply({ params, stats }, x, evaluation);
    const [weight, bias] = [valuesOf(params.weight!), valuesOf(params.bias!)];
    expect(result.stats).toBe(stats);
    expectClose(
      valuesOf(result.output),
      valuesOf(x).map((v, i) => {
        const c = i % 2;
        return ((v - [4, 6][c]!) / Math.sqrt([4, 9][c]! + 1e-5)) * weight[c]! + bias[c]!;
      }),
    );
  });

  it("does without scale and shift, with a momentum of its own", () => {
    const plain = layers.batchNorm({ affine: false, momentum: 1, epsilon: 0 });
    const variables = plain.init(key(0), [2, 1]);
    expect(variables.params).toEqual({});
    const { output, stats } = plain.apply(variables, tensor([[1], [3]]), training);
    expect(valuesOf(output)).toEqual([-1, 1]);
    expect(valuesOf(stats.mean)).toEqual([2]);
    expect(valuesOf(stats.variance)).toEqual([2]);
  });

  it("keeps its digits at a large mean", () => {
    const values = [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3];
    const plain = layers.batchNorm({ affine: false });
    const x = tensor(values, { shape: [4, 1] });
    const { output } = plain.apply(plain.init(key(0), [4, 1]), x, training);
    expectClose(
      valuesOf(output),
      standardized(values, () => "", 1e-5),
    );
  });

  it("says why it cannot train on one value, and what does not fit", () => {
    const variables = layer.init(key(0), [1, 1, 1, 3]);
    expect(() => layer.apply(variables, drawn(0, [1, 1, 1, 3]), training)).toThrow(
      "batchNorm: training needs more than one value per channel, got x [1,1,1,3]",
    );
    expect(() => layer.apply(variables, drawn(0, [2, 2]), training)).toThrow(
      "batchNorm: x has 2 channels, the statistics 3 (x [2,2])",
    );
    expect(() => layer.init(key(0), [3])).toThrow("batchNorm: expected x of shape [N,...,C], got [3]");
  });
});

describe("normalisation without statistics", () => {
  const check = (layer: AnyLayer, x: Tensor, expected: readonly number[]): void => {
    const variables = layer.init(key(2), x.shape);
    for (const context of [training, evaluation]) {
      expectClose(valuesOf(layer.apply(variables, x, context).output), expected);
    }
    expect(layer.outputShape(x.shape)).toEqual(x.shape);
  };

  it("instanceNorm takes each channel of each sample", () => {
    fc.assert(
      fc.property(shapes, fc.nat(1000), (shape, seed) => {
        const [, height, width, channels] = shape;
        const x = drawn(seed, shape);
        const own = (i: number): string => `${Math.floor(i / (height * width * channels))} ${i % channels}`;
        check(layers.instanceNorm(), x, standardized(valuesOf(x), own, 1e-5));
      }),
      { numRuns: 8 },
    );
    expect(layers.instanceNorm().init(key(0), [1, 2, 2, 3]).params).toEqual({});
    expect(layers.instanceNorm({ affine: true }).init(key(0), [1, 2, 2, 3]).params.weight?.shape).toEqual([
      3,
    ]);
  });

  it("groupNorm takes neighbouring channels of each sample together", () => {
    fc.assert(
      fc.property(shapes, fc.nat(1000), (shape, seed) => {
        const [, height, width, channels] = shape;
        const x = drawn(seed, shape);
        const own = (i: number): string =>
          `${Math.floor(i / (height * width * channels))} ${Math.floor((i % channels) / (channels / 2))}`;
        check(layers.groupNorm({ groups: 2 }), x, standardized(valuesOf(x), own, 1e-5));
      }),
      { numRuns: 8 },
    );
    expect(() => layers.groupNorm({ groups: 4 }).init(key(0), [1, 6])).toThrow(
      "C a multiple of 4 groups, got [1,6]",
    );
  });

  it("layerNorm takes the last axes, with weights of their shape", () => {
    const x = drawn(3, [2, 3, 4]);
    check(
      layers.layerNorm(),
      x,
      standardized(valuesOf(x), (i) => `${Math.floor(i / 4)}`, 1e-5),
    );
    check(
      layers.layerNorm({ axes: 2 }),
      x,
      standardized(valuesOf(x), (i) => `${Math.floor(i / 12)}`, 1e-5),
    );
    expect(layers.layerNorm({ axes: 2 }).init(key(0), x.shape).params.weight?.shape).toEqual([3, 4]);
    expect(() => layers.layerNorm({ axes: 3 }).init(key(0), [2, 2])).toThrow(
      "cannot normalise the last 3 axes of x [2,2]",
    );
  });

  it("rmsNorm divides by the root of the mean square", () => {
    const x = drawn(6, [2, 3]);
    const values = valuesOf(x);
    const layer = layers.rmsNorm({ weightInit: initializers.constant(2) });
    check(
      layer,
      x,
      values.map((v, i) => {
        const row = values.slice(Math.floor(i / 3) * 3, Math.floor(i / 3) * 3 + 3);
        return (2 * v) / Math.sqrt(row.reduce((sum, u) => sum + u * u, 0) / 3 + 2 ** -23);
      }),
    );
  });
});
