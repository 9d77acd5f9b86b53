import { describe, expectSameDType, expectTensor, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { concat } from "../concat.js";
import { pad } from "../pad.js";
import { reshape } from "../reshape.js";

/**
 * Matrices [M,N] one below and beside the other on the diagonal of one, zeros elsewhere (false of bools): PyTorch's, SciPy's and JAX's `block_diag`. A vector is a row, a scalar a matrix of one element.
 */
export function blockDiag(blocks: readonly Tensor[]): Tensor {
  const op = "blockDiag";
  if (!Array.isArray(blocks) || blocks.length === 0) {
    throw new Error(`${op}: expected an array of one tensor or more, got ${show(blocks)}`);
  }
  for (const [i, block] of blocks.entries()) {
    expectTensor(op, `block ${i}`, block);
    if (block.shape.length > 2) {
      throw new Error(`${op}: block ${i} must be a matrix, a vector or a scalar, got ${describe(block)}`);
    }
  }
  expectSameDType(op, blocks);
  const matrices = blocks.map((block): Tensor => reshape(block, [1, 1, ...block.shape].slice(-2)));
  const columns = matrices.reduce((sum, { shape }) => sum + shape[1]!, 0);
  let left = 0;
  const rows = matrices.map((matrix) => {
    const [before, own] = [left, matrix.shape[1]!];
    left += own;
    return pad(matrix, [
      [0, 0],
      [before, columns - before - own],
    ]);
  });
  return concat(rows, 0);
}
