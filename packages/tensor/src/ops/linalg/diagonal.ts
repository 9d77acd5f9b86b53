import { describe, expectDType, expectTensor, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { cast } from "../cast.js";
import { eq } from "../comparison.js";
import { iota } from "../creation.js";
import { pad } from "../pad.js";
import { sum } from "../reductions.js";
import { expandDims, reshape } from "../reshape.js";
import { slice } from "../slice.js";
import { where } from "../where.js";
import { batchOf, extentsOf, matrixAxes } from "./matrices.js";

function expectOffset(op: string, offset: number): void {
  if (!Number.isInteger(offset)) throw new Error(`${op}: offset must be a whole number, got ${show(offset)}`);
}

function diagonalOf(op: string, x: Tensor, offset: number, axis1: number, axis2: number): Tensor {
  expectTensor(op, "x", x);
  expectOffset(op, offset);
  const { matrices } = matrixAxes(op, x, [axis1, axis2], "axis1 and axis2");
  const batch = batchOf(matrices);
  const [m, n] = extentsOf(matrices);
  const length = Math.max(0, Math.min(m + Math.min(offset, 0), n - Math.max(offset, 0)));
  // Neighbours on a diagonal lie n + 1 elements apart.
  const flat = reshape(matrices, [...batch, m * n]);
  const start = length === 0 ? 0 : offset < 0 ? -offset * n : offset;
  const stop = length === 0 ? 0 : start + (length - 1) * (n + 1) + 1;
  const none = batch.map(() => 0);
  return slice(flat, [...none, start], [...batch, stop], [...batch.map(() => 1), n + 1]);
}

/**
 * The diagonal of each matrix that axes `axis1` and `axis2` make, along a new last axis; `offset` 1 is the next above the main one, -1 the next below: NumPy's and PyTorch's `diagonal`. Empty where there is none.
 */
export const diagonal = (x: Tensor, offset = 0, axis1 = 0, axis2 = 1): Tensor =>
  diagonalOf("diagonal", x, offset, axis1, axis2);

/** The sum of the diagonal of each matrix that axes `axis1` and `axis2` make: NumPy's `trace`. */
export function trace(x: Tensor, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  expectDType("trace", "x", x, "numeric");
  return sum(diagonalOf("trace", x, offset, axis1, axis2), -1);
}

/** Vectors x [...,N] on the diagonal `offset` of square matrices, zeros elsewhere: PyTorch's `diag_embed`. */
export const diagEmbed = (x: Tensor, offset = 0): Tensor => embed("diagEmbed", x, offset);

function embed(op: string, x: Tensor, offset: number): Tensor {
  expectTensor(op, "x", x);
  expectOffset(op, offset);
  if (x.shape.length === 0) throw new Error(`${op}: x must have an axis or more, got ${describe(x)}`);
  const n = x.shape.at(-1)!;
  const isDiagonal = eq(iota([n, n], 0), iota([n, n], 1));
  if (x.dtype === "bool") return cast(embed(op, cast(x, "i32"), offset), "bool");
  const square = where(isDiagonal, expandDims(x, -1), 0);
  if (offset === 0) return square;
  const [above, below] = [Math.max(offset, 0), Math.max(-offset, 0)];
  return pad(
    square,
    square.shape.map((_, axis) =>
      axis === square.shape.length - 2
        ? [below, above]
        : axis === square.shape.length - 1
          ? [above, below]
          : [0, 0],
    ),
    "constant",
  );
}

/** A vector [N] as the diagonal `offset` of a matrix, zeros elsewhere; of a matrix [M,N], its diagonal `offset`: NumPy's and PyTorch's `diag`. */
export function diag(x: Tensor, offset = 0): Tensor {
  expectTensor("diag", "x", x);
  const { length: rank } = x.shape;
  if (rank !== 1 && rank !== 2) {
    throw new Error(
      `diag: x must be a vector or a matrix, got ${describe(x)}; diagEmbed and diagonal take batches`,
    );
  }
  return rank === 1 ? embed("diag", x, offset) : diagonalOf("diag", x, offset, 0, 1);
}
