import { expectNumbers, expectTensor, normalizeAxis } from "../primitives/expect.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { broadcastTo } from "./broadcastTo.js";
import { expandDims, reshape } from "./reshape.js";

/** `x` laid side by side `repetitions[axis]` times along each axis. */
export function tile(x: Tensor, repetitions: readonly number[]): Tensor {
  expectTensor("tile", "x", x);
  expectNumbers("tile", "repetitions", repetitions, "one per axis, as in tile(x, [1, 2])");
  if (repetitions.length !== x.shape.length) {
    throw new Error(
      `tile: expected one repetition per axis, got ${repetitions.length} for x ${formatShape(x.shape)}`,
    );
  }
  for (const count of repetitions) expectCount("tile", count);
  const separated = reshape(
    x,
    x.shape.flatMap((extent) => [1, extent]),
  );
  const repeated = broadcastTo(
    separated,
    x.shape.flatMap((extent, axis) => [repetitions[axis]!, extent]),
  );
  return reshape(
    repeated,
    x.shape.map((extent, axis) => extent * repetitions[axis]!),
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
