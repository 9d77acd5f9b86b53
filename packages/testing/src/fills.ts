import { randomNormal } from "@clidim/autograd/testing";
import { type DType, type Shape, sizeOf, type Tensor, tensor } from "@clidim/tensor";

/** Values of a tensor. They repeat for a seed and come from the host, so that no operation under test makes its own input. */
export type Fill = (shape: Shape, seed?: number, dtype?: DType) => Tensor;

const fill =
  (value: (normal: number) => number): Fill =>
  (shape, seed = 1, dtype = "f32") => {
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

/** Between -0.8 and 0.8: for the inverse sine and cosine, and for sums of many products, which stay small. */
export const withinOne: Fill = fill((x) => 0.8 * Math.sin(x));

/** At least 0.1 from every integer and half integer, where rounding jumps. */
export const betweenIntegers: Fill = fill((x) => Math.floor(2 * x) / 2 + 0.1 + 0.3 * (Math.abs(x) % 1));

const shuffled =
  (offset: number, spacing = 0.1): Fill =>
  (shape, seed = 1, dtype = "f32") => {
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
