import { counterRandom } from "@clidim/imaging";
import { allFinite } from "@clidim/nn";
import {
  add,
  cast,
  conv2d,
  conv2dWeightGradient,
  convTranspose2d,
  evaluate,
  exp,
  full,
  key,
  leakyRelu,
  matmul,
  mean,
  mul,
  normal,
  randomBits,
  rsqrt,
  sizeOf,
  square,
  stack,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from "@clidim/tensor";
import { interpret } from "@clidim/tensor/reference";
import type { Computer } from "./adapter.js";

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
  const length = sizeOf(shape);
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

/** A half has 11 binary digits, and a sum in another order may round to the other side. */
const halfTolerance = 2 ** -9;

const halves = (seed: number, shape: readonly number[]): Tensor => cast(values(seed, shape), "f16");

/** What training with precision mixed needs beyond that. */
const halfGraphs: Readonly<Record<string, () => Tensor>> = {
  "f16 elementwise": () => {
    // Down to where halves have few digits left, and up to near the largest.
    const x = mul(values(21, [37, 19]), exp(mul(values(22, [37, 19]), 11)));
    return cast(add(cast(mul(x, 1e-4), "f32"), cast(cast(x, "f16"), "f32")), "f16");
  },
  "f16 reduction": () => cast(sum(mul(halves(23, [7001]), 0.5)), "f32"),
  "f16 matmul": () => matmul(halves(25, [45, 70]), halves(26, [70, 36])),
  "f16 conv2d": () =>
    conv2d(halves(27, [2, 18, 14, 12]), halves(28, [4, 4, 12, 20]), { stride: 2, padding: 1 }),
  "f16 conv2d of one channel": () =>
    conv2d(halves(29, [2, 17, 15, 1]), halves(30, [4, 4, 1, 15]), { stride: 2, padding: 1 }),
  "f16 convTranspose2d": () =>
    convTranspose2d(halves(31, [2, 7, 9, 20]), halves(32, [4, 4, 12, 20]), { stride: 2, padding: 1 }),
  "f16 conv2dWeightGradient": () =>
    conv2dWeightGradient(halves(33, [2, 18, 14, 12]), halves(34, [2, 9, 7, 20]), {
      kernelSize: [4, 4],
      stride: 2,
      padding: 1,
    }),
  // A gradient beyond the largest half must be infinite, and infinity minus infinity no number, and both must be seen.
  "f16 overflow": () => {
    const ones = cast(full([2, 2], 1), "f16");
    const large = cast(tensor([[1e6, 1e6]]), "f16");
    const opposite = cast(tensor([[1e6, -1e6]]), "f16");
    const seen = [ones, large, opposite].map((x) => cast(allFinite(matmul(x, ones)), "f32"));
    return stack(seen, 0);
  },
};

/** Runs a small graph of every family on the device and compares it with the float64 interpreter. */
export const selfTest = (device: Computer): Promise<SelfTestResult[]> =>
  compare(device, graphs, tolerance, false);

/** The same for what training with precision mixed uses more, on a device with shader-f16. */
export const halfSelfTest = (device: Computer): Promise<SelfTestResult[]> =>
  compare(device, halfGraphs, halfTolerance, true);

async function compare(
  device: Computer,
  graphs: Readonly<Record<string, () => Tensor>>,
  tolerance: number,
  roundHalves: boolean,
): Promise<SelfTestResult[]> {
  const results: SelfTestResult[] = [];
  for (const [name, build] of Object.entries(graphs)) {
    const output = build();
    // First, because a tensor forgets how it was defined once it has a value.
    const expected = interpret([output], undefined, { roundHalves })[0]!;
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

/** Relative to the largest finite value that is expected; infinite or NaN where a value is one that is not expected there. */
export function largestDeviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i]!)) scale = Math.max(scale, Math.abs(expected[i]!));
    // What is beyond the largest half is infinite on both sides, and the difference of the two no number.
    if (actual[i] === expected[i] || (Number.isNaN(actual[i]!) && Number.isNaN(expected[i]!))) continue;
    // Keeps NaN, as a comparison would not: any number after it would take its place.
    largest = Math.max(largest, Math.abs(actual[i]! - expected[i]!));
  }
  return largest / (scale || 1);
}
