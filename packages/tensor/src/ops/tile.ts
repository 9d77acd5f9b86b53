import { expectNumbers, expectTensor, normalizeAxis } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcastTo.js";
import { expandDims, reshape } from "./reshape.js";

/**
 * `x` laid side by side `repetitions[axis]` times along each axis: NumPy's and PyTorch's `tile`. Fewer repetitions than axes are those of the last ones, more make new axes in front.
 */
export function tile(x: Tensor, repetitions: readonly number[]): Tensor {
  expectTensor("tile", "x", x);
  expectNumbers("tile", "repetitions", repetitions, "one per axis, as in tile(x, [1, 2])");
  for (const count of repetitions) expectCount("tile", count);
  const ones = (count: number): number[] => Array<number>(Math.max(0, count)).fill(1);
  const shape = [...ones(repetitions.length - x.shape.length), ...x.shape];
  const counts = [...ones(x.shape.length - repetitions.length), ...repetitions];
  const separated = reshape(
    x,
    shape.flatMap((extent) => [1, extent]),
  );
  const repeated = broadcastTo(
    separated,
    shape.flatMap((extent, axis) => [counts[axis]!, extent]),
  );
  return reshape(
    repeated,
    shape.map((extent, axis) => extent * counts[axis]!),
  );
}

/** Every element of `x` repeated `count` times in place along `axis`. */
export function repeat(x: Tensor, count: number, axis: number): Tensor {
  expectTensor("repeat", "x", x);
  const resolved = normalizeAxis("repeat", axis, x.shape.length);
  expectCount("repeat", count);
  const separated = expandDims(x, resolved + 1);
  const repeated = broadcastTo(separated, separated.shape.with(resolved + 1, count));
  return reshape(repeated, x.shape.with(resolved, x.shape[resolved]! * count));
}

function expectCount(op: string, count: number): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new Error(`${op}: repetitions must be whole numbers of at least 0, got ${count}`);
  }
}
