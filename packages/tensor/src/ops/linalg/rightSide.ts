import { describe, expectTensor } from "../../primitives/expect.js";
import { sameShape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { expandDims, squeeze } from "../reshape.js";
import { expectMatrices, extentsOf, sameBatch, transposed } from "./matrices.js";

/**
 * Solves A X = B, or X A = B where not `left`, by what solves systems with A or A^T on the left, given A and B, or A and B^T, of one batch. B may be a vector, or a batch of vectors: then
 * X is.
 */
export function withRightSide(
  op: string,
  a: Tensor,
  b: Tensor,
  left: boolean,
  solve: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  expectTensor(op, "b", b, "f32");
  const isVector = b.shape.length === 1 || sameShape(b.shape, a.shape.slice(0, -1));
  const axis = left ? -1 : -2;
  const given = isVector ? expandDims(b, axis) : b;
  expectMatrices(op, "b", given);
  const right = left ? given : transposed(given);
  const [n] = extentsOf(a);
  if (extentsOf(right)[0] !== n) {
    throw new Error(
      `${op}: b must have ${n} ${left ? "rows" : "columns"}, as many as the matrices have, got ${describe(b)} for ${describe(a)}`,
    );
  }
  const x = solve(...sameBatch(op, a, right));
  const solution = left ? x : transposed(x);
  return isVector ? squeeze(solution, axis) : solution;
}
