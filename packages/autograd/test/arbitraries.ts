import { type DType, type Shape, sizeOf, type Tensor, tensor } from "@clidim/tensor";
import fc from "fast-check";
import { randomNormal } from "../src/testing/randomNormal.js";

const { CLIDIM_GRADIENT_RUNS: numRuns, CLIDIM_GRADIENT_SEED: seed } = process.env;

/** Cases per property; more, and those of a given seed, through the environment (scripts/test-gradients.mjs sets it). */
export const runs: { readonly numRuns: number; readonly seed?: number } = {
  numRuns: Number(numRuns ?? 60),
  ...(seed !== undefined && { seed: Number(seed) }),
};

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

/** At least 0.1 from every integer and half integer, where rounding jumps. */
export const betweenIntegers: Fill = fill((x) => Math.floor(2 * x) / 2 + 0.1 + 0.3 * (Math.abs(x) % 1));

const shuffled =
  (offset: number): Fill =>
  (shape, seed, dtype = "f32") => {
    const random = randomNormal(seed);
    const order = Array.from({ length: sizeOf(shape) }, (_, i) => ({ i, by: random() }));
    order.sort((a, b) => a.by - b.by);
    return tensor(
      Float64Array.from(order, ({ i }) => 0.1 * (i - order.length / 2) + offset),
      { shape, dtype },
    );
  };

/** All elements 0.1 apart, so that the largest is clear. */
export const distinct: Fill = shuffled(0);

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
