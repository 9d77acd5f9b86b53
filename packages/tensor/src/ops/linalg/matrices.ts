import { describe, expectTensor, normalizeAxis } from "../../primitives/expect.js";
import { broadcastShapes, type Shape } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { add, mul } from "../arithmetic.js";
import { broadcastTo } from "../broadcastTo.js";
import { concat } from "../concat.js";
import { swapAxes } from "../moveAxis.js";
import { eye } from "../ranges.js";
import { slice } from "../slice.js";
import { transpose } from "../transpose.js";

/** Rows and columns, the last two extents. */
export const extentsOf = ({ shape }: { readonly shape: Shape }): readonly [number, number] => [
  shape.at(-2)!,
  shape.at(-1)!,
];

/** All extents but the last two. */
export const batchOf = ({ shape }: { readonly shape: Shape }): Shape => shape.slice(0, -2);

/** Throws where x is no batch of matrices [...,M,N] of f32. */
export function expectMatrices(op: string, name: string, x: Tensor): void {
  expectTensor(op, name, x, "f32");
  if (x.shape.length < 2) {
    throw new Error(`${op}: ${name} must be matrices [...,M,N], got ${describe(x)}; expandDims adds an axis`);
  }
  if (x.dtype !== "f32") throw new Error(`${op}: ${name} must be f32, got ${describe(x)}; cast first`);
}

/** Throws where x is no batch of square matrices [...,N,N] of f32. */
export function expectSquare(op: string, name: string, x: Tensor): void {
  expectMatrices(op, name, x);
  const [rows, columns] = extentsOf(x);
  if (rows !== columns) {
    throw new Error(`${op}: ${name} must be square matrices [...,N,N], got ${describe(x)}`);
  }
}

/** The last two axes swapped. */
export const transposed = (x: Tensor): Tensor => swapAxes(x, -2, -1);

/** The axes of matrices within a tensor. */
export interface MatrixAxes {
  readonly row: number;
  readonly column: number;
  /** The axes that are neither, in their order. */
  readonly others: readonly number[];
  /** x with rows and columns last. */
  readonly matrices: Tensor;
}

/** Finds the two axes of x that are called `names` in errors; throws where x has fewer, or they are one. */
export function matrixAxes(
  op: string,
  x: Tensor,
  axes: readonly [row: number, column: number],
  names: string,
): MatrixAxes {
  const { length: rank } = x.shape;
  if (rank < 2) throw new Error(`${op}: x must have two axes or more, got ${describe(x)}`);
  const [row, column] = [normalizeAxis(op, axes[0], rank), normalizeAxis(op, axes[1], rank)];
  if (row === column) throw new Error(`${op}: ${names} are both axis ${row} of x ${describe(x)}`);
  const others = [...x.shape.keys()].filter((axis) => axis !== row && axis !== column);
  return { row, column, others, matrices: transpose(x, [...others, row, column]) };
}

/** (A + A^T) / 2 */
export const symmetrized = (a: Tensor): Tensor => mul(add(a, transposed(a)), 0.5);

/** Rows from `top` below `bottom`, columns from `left` below `right`, of each matrix. */
export const block = (x: Tensor, top: number, bottom: number, left: number, right: number): Tensor =>
  slice(x, [...batchOf(x).map(() => 0), top, left], [...batchOf(x), bottom, right]);

/** Matrices put together from blocks, which are given by row. */
export const fromBlocks = (rows: readonly (readonly Tensor[])[]): Tensor =>
  concat(
    rows.map((row) => concat(row, -1)),
    -2,
  );

/** The identity for each matrix of a batch. */
export const identities = (batch: Shape, n: number): Tensor => broadcastTo(eye(n), [...batch, n, n]);

/** Two batches of matrices with the batch that both broadcast to. */
export function sameBatch(op: string, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const batch = broadcastShapes(op, batchOf(a), batchOf(b));
  return [broadcastTo(a, [...batch, ...extentsOf(a)]), broadcastTo(b, [...batch, ...extentsOf(b)])];
}

/** The most rows that a kernel of one workgroup factors; what is larger is put together from blocks by products of matrices. */
export const largestBlock = 64;

/** Where to divide n rows, of more than one block, into two halves of whole blocks. */
export const halfOf = (n: number): number => Math.ceil(n / largestBlock / 2) * largestBlock;

/** The bits of a NaN, which WGSL cannot write down. */
export const nan = 0x7fc00000;
