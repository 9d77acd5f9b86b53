import { add, mean, mul, rsqrt, square, sub, type Tensor } from "@clidim/tensor";

export interface Moments {
  /** x minus its mean. */
  readonly centred: Tensor;
  readonly mean: Tensor;
  /** Biased; taken from `centred`, so that a large mean costs no digits. */
  readonly variance: Tensor;
}

/** Mean and variance over `axes`, which stay with extent 1. */
export function moments(x: Tensor, axes: readonly number[]): Moments {
  const average = mean(x, [...axes], { keepDims: true });
  const centred = sub(x, average);
  return { centred, mean: average, variance: mean(square(centred), [...axes], { keepDims: true }) };
}

/** (x - mean) / sqrt(variance + epsilon) over `axes`. */
export function standardize(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const { centred, variance } = moments(x, axes);
  return mul(centred, rsqrt(add(variance, epsilon)));
}
