import { type ConvParams, type DType, type Shape, sizeOf, type Tensor, tensor } from "@clidim/tensor";
import fc from "fast-check";
import { randomNormal } from "../src/testing/randomNormal.js";

const { CLIDIM_GRADIENT_RUNS: numRuns, CLIDIM_GRADIENT_SEED: seed } = process.env;

export interface Runs {
  readonly numRuns: number;
  readonly seed?: number;
}

/** Cases per property, `usual` unless the environment asks for another number, and for a seed (scripts/test-gradients.mjs does). */
export const runsOr = (usual: number): Runs => ({
  numRuns: Number(numRuns ?? usual),
  ...(seed !== undefined && { seed: Number(seed) }),
});

/** Cases per property of primitives and operations, which take a millisecond each. */
export const runs: Runs = runsOr(60);

export const extent: fc.Arbitrary<number> = fc.integer({ min: 1, max: 4 });

export const shapes = (minRank = 0, maxRank = 4): fc.Arbitrary<number[]> =>
  fc.array(extent, { minLength: minRank, maxLength: maxRank });

export const seeds: fc.Arbitrary<number> = fc.nat(0xffff);

export const floats: fc.Arbitrary<DType> = fc.constantFrom("f32", "f16");

/** Values of a tensor; all are repeatable from the seed. */
type Fill = (shape: Shape, seed: number, dtype?: DType) => Tensor;

const fill =
  (value: (normal: number) => number): Fill =>
  (shape, seed, dtype = "f32") => {
    const random = randomNormal(seed);
    return tensor(
      Float64Array.from({ length: sizeOf(shape) }, () => value(random())),
      { shape, dtype },
    );
  };

export const normal: Fill = fill((x) => x);

/** At least 0.1 from 0, where abs and relu have their kink. */
export const awayFromZero: Fill = fill((x) => Math.sign(x) * (Math.abs(x) + 0.1));

/** 0.3 and more, for roots, logarithms and divisors. */
export const positive: Fill = fill((x) => 0.3 + Math.abs(x));

/** Between -0.8 and 0.8, for the inverse sine and cosine. */
export const withinOne: Fill = fill((x) => 0.8 * Math.sin(x));

/** At least 0.1 from every integer and half integer, where rounding jumps. */
export const betweenIntegers: Fill = fill((x) => Math.floor(2 * x) / 2 + 0.1 + 0.3 * (Math.abs(x) % 1));

const shuffled =
  (offset: number, spacing = 0.1): Fill =>
  (shape, seed, dtype = "f32") => {
    const random = randomNormal(seed);
    const order = Array.from({ length: sizeOf(shape) }, (_, i) => ({ i, by: random() }));
    order.sort((a, b) => a.by - b.by);
    return tensor(
      Float64Array.from(order, ({ i }) => spacing * (i - order.length / 2) + offset),
      { shape, dtype },
    );
  };

/** All elements 0.1 apart, so that the largest is clear. */
export const distinct: Fill = shuffled(0);

/** All elements half apart: what they have been normalised to is smooth within a step. */
export const apart: Fill = shuffled(0, 0.5);

/** Elements that no element of `distinct` comes near. */
export const betweenDistinct: Fill = shuffled(0.05);

export const indices = (shape: Shape, below: number, seed: number): Tensor => {
  const random = randomNormal(seed);
  return tensor(
    Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(Math.abs(random()) * 1e4) % below),
    { shape },
  );
};

export const bools = (shape: Shape, seed: number): Tensor => {
  const random = randomNormal(seed);
  return tensor(
    Uint8Array.from({ length: sizeOf(shape) }, () => (random() > 0 ? 1 : 0)),
    { shape, dtype: "bool" },
  );
};

/** Some of the axes, ascending. */
export const someAxes = (rank: number): fc.Arbitrary<number[]> =>
  fc.subarray(Array.from({ length: rank }, (_, axis) => axis));

/** Two shapes that broadcast together: the first with some extents 1 and some leading axes missing in each. */
export const broadcastPair: fc.Arbitrary<[number[], number[]]> = shapes(0, 3).chain((shape) => {
  const narrowed = fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, missing]) => shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(missing));
  return fc.tuple(narrowed, narrowed);
});

/** Where a convolution's kernel fits, with groups, dilation and a different stride and padding in each direction. */
export interface Geometry {
  readonly x: number[];
  readonly weight: number[];
  readonly y: number[];
  readonly params: ConvParams;
}

const direction = fc
  .record({
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    low: fc.nat(2),
    high: fc.nat(2),
    beyond: fc.nat(4),
  })
  .map(({ kernel, stride, dilation, low, high, beyond }) => {
    const span = dilation * (kernel - 1) + 1;
    const input = Math.max(1, span - low - high) + beyond;
    const output = Math.floor((input + low + high - span) / stride) + 1;
    return { kernel, stride, dilation, padding: [low, high] as const, input, output };
  });

export const geometry: fc.Arbitrary<Geometry> = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    vertical: direction,
    horizontal: direction,
    groups: fc.integer({ min: 1, max: 3 }),
    inputs: fc.integer({ min: 1, max: 2 }),
    outputs: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ batch, vertical: v, horizontal: h, groups, inputs, outputs }) => ({
    x: [batch, v.input, h.input, inputs * groups],
    weight: [v.kernel, h.kernel, inputs, outputs * groups],
    y: [batch, v.output, h.output, outputs * groups],
    params: {
      stride: [v.stride, h.stride],
      padding: [v.padding, h.padding],
      dilation: [v.dilation, h.dilation],
      groups,
    },
  }));
