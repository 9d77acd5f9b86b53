import {
  add,
  conv2d,
  conv2dWeightGradient,
  convTranspose2d,
  type Device,
  evaluate,
  exp,
  key,
  leakyRelu,
  matmul,
  mean,
  mul,
  normal,
  randomBits,
  rsqrt,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import { counterRandom } from "../image/counterRandom.js";

export interface SelfTestResult {
  readonly name: string;
  readonly passed: boolean;
  /** Largest deviation from the float64 result, relative to its largest value. */
  readonly deviation: number;
  /** What went wrong when the device did not answer at all. */
  readonly error?: string;
}

/** float32 sums of some thousand products stay well below this. */
const tolerance = 1e-4;

/** Fixed values in [-1, 1). */
function values(seed: number, shape: readonly number[]): Tensor {
  const random = counterRandom(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length }, () => 2 * random.uniform() - 1),
    { shape },
  );
}

/** One graph for each family of kernels that training uses, with extents that are no multiples of anything. */
const graphs: Readonly<Record<string, () => Tensor>> = {
  elementwise: () => {
    const x = values(1, [37, 19]);
    return add(mul(leakyRelu(x, 0.2), exp(x)), tanh(mul(x, 3)));
  },
  "random numbers": () => mul(normal(key(7), [513]), 1),
  "random bits": () => randomBits(key(3), [257]),
  reduction: () => {
    const x = values(2, [5, 33, 31, 7]);
    return rsqrt(add(mean(square(x), [0, 1, 2]), 1e-5));
  },
  "whole sum": () => sum(values(3, [70_000])),
  transpose: () => add(transpose(values(4, [23, 41])), 1),
  matmul: () => matmul(values(5, [45, 70]), values(6, [70, 35])),
  conv2d: () => conv2d(values(7, [2, 18, 14, 12]), values(8, [4, 4, 12, 20]), { stride: 2, padding: 1 }),
  "conv2d of one channel": () =>
    conv2d(values(9, [2, 16, 16, 1]), values(10, [4, 4, 1, 16]), { stride: 2, padding: 1 }),
  convTranspose2d: () =>
    convTranspose2d(values(11, [2, 7, 9, 20]), values(12, [4, 4, 12, 20]), { stride: 2, padding: 1 }),
  conv2dWeightGradient: () =>
    conv2dWeightGradient(values(13, [2, 18, 14, 12]), values(14, [2, 9, 7, 20]), {
      kernelSize: [4, 4],
      stride: 2,
      padding: 1,
    }),
};

/** Runs a small graph of every family on the device and compares it with the float64 interpreter. */
export async function selfTest(device: Device): Promise<SelfTestResult[]> {
  const results: SelfTestResult[] = [];
  for (const [name, build] of Object.entries(graphs)) {
    const output = build();
    // First, because a tensor forgets how it was defined once it has a value.
    const expected = interpret([output])[0]!;
    try {
      await evaluate(output, { device });
      const deviation = largestDeviation(await output.data(), expected);
      results.push({ name, passed: deviation <= tolerance, deviation });
    } catch (error) {
      results.push({
        name,
        passed: false,
        deviation: Number.NaN,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return results;
}

/** NaN where a value is. */
function largestDeviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference;
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return largest / (scale || 1);
}
