import { describe, expectTensor, show } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import { tensor } from "./creation.js";
import { take } from "./indexing.js";

/** Where the values of each frame are: i32 [count, length]. */
export const frameIndices = (count: number, length: number, hop: number): Tensor =>
  tensor(
    Int32Array.from({ length: count * length }, (_, i) => Math.floor(i / length) * hop + (i % length)),
    { shape: [count, length] },
  );

/** Throws where a length or a hop is no whole number of at least 1. */
export function expectWhole(op: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${op}: ${name} must be a whole number of at least 1, got ${show(value)}`);
  }
}

/**
 * Frames of `length` values that begin `hop` values apart along the last axis, [..., n] to [..., count, length] with count = 1 + floor((n - length) / hop): TensorFlow's `signal.frame`, PyTorch's `x.unfold(-1, length,
 * hop)`. Values that fill no frame are left out.
 */
export function frame(x: Tensor, length: number, hop: number): Tensor {
  expectTensor("frame", "x", x);
  expectWhole("frame", "length", length);
  expectWhole("frame", "hop", hop);
  if (x.shape.length === 0) throw new Error(`frame: x must have an axis, got ${describe(x)}`);
  const count = Math.max(0, 1 + Math.floor((x.shape.at(-1)! - length) / hop));
  return take(x, frameIndices(count, length, hop), -1);
}
