import { customVjp } from "@clidim/autograd";
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

/**
 * y = (x - mean) / sqrt(variance + epsilon) over `axes`. The gradient is written out, which takes two reductions where the chain rule
 * takes four: dx = (dy - mean(dy) - y mean(dy y)) / sqrt(variance + epsilon).
 */
export function standardize(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const forward = (input: Tensor): Tensor => {
    const { centred, variance } = moments(input, axes);
    return mul(centred, rsqrt(add(variance, epsilon)));
  };
  const average = (values: Tensor): Tensor => mean(values, [...axes], { keepDims: true });
  const backward = (dy: Tensor, [input]: readonly [Tensor], y: Tensor): [Tensor] => {
    const projected = add(average(dy), mul(y, average(mul(dy, y))));
    return [mul(sub(dy, projected), rsqrt(add(moments(input, axes).variance, epsilon)))];
  };
  return customVjp(forward, backward)(x);
}
