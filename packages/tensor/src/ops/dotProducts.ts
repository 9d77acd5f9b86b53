import {
  describe,
  expectDType,
  expectNumbers,
  expectSameDType,
  normalizeAxis,
  show,
} from "../primitives/expect.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { matmul } from "./matmul.js";
import { sum } from "./reductions.js";
import { reshape } from "./reshape.js";
import { broadcastOperands } from "./tensorLike.js";
import { transpose } from "./transpose.js";

function expectOperands(op: string, a: Tensor, b: Tensor): void {
  expectDType(op, "a", a, "numeric");
  expectDType(op, "b", b, "numeric");
  expectSameDType(op, [a, b]);
}

/** Products summed over axes of a and, in the same order, of b: matrix products of what is left, the axes of a before those of b. */
function contract(op: string, a: Tensor, b: Tensor, ofA: readonly number[], ofB: readonly number[]): Tensor {
  const extents = ofA.map((axis) => a.shape[axis]!);
  const same = ofA.length === ofB.length && ofB.every((axis, i) => b.shape[axis] === extents[i]);
  if (!same || new Set(ofA).size !== ofA.length || new Set(ofB).size !== ofB.length) {
    throw new Error(
      `${op}: axes [${ofA.join(",")}] of a ${describe(a)} and [${ofB.join(",")}] of b ${describe(b)} must be different ones of equal extents`,
    );
  }
  const [left, right] = [a, b].map((x, i) => {
    const summed = i === 0 ? ofA : ofB;
    return [...x.shape.keys()].filter((axis) => !summed.includes(axis));
  }) as [number[], number[]];
  const [rows, columns] = [left.map((axis) => a.shape[axis]!), right.map((axis) => b.shape[axis]!)];
  const count = sizeOf(extents);
  const product = matmul(
    reshape(transpose(a, [...left, ...ofA]), [sizeOf(rows), count]),
    reshape(transpose(b, [...ofB, ...right]), [count, sizeOf(columns)]),
  );
  return reshape(product, [...rows, ...columns]);
}

/** Which axes `tensordot` sums over: so many, the last of a and the first of b, or those of a and of b. */
export type DotAxes = number | readonly [ofA: readonly number[], ofB: readonly number[]];

/** Products summed over axes of a and of b, what is left of a before what is left of b: NumPy's, PyTorch's and JAX's `tensordot`. */
export function tensordot(a: Tensor, b: Tensor, axes: DotAxes = 2): Tensor {
  const op = "tensordot";
  expectOperands(op, a, b);
  const [rank, other] = [a.shape.length, b.shape.length];
  if (typeof axes === "number") {
    if (!Number.isInteger(axes) || axes < 0 || axes > Math.min(rank, other)) {
      throw new Error(
        `${op}: axes must be a whole number up to ${Math.min(rank, other)}, or a list for a and one for b, got ${show(axes)}`,
      );
    }
    const count = Array.from({ length: axes }, (_, i) => i);
    return contract(
      op,
      a,
      b,
      count.map((i) => rank - axes + i),
      count,
    );
  }
  if (!Array.isArray(axes) || axes.length !== 2) {
    throw new Error(`${op}: axes must be a number, or a list for a and one for b, got ${show(axes)}`);
  }
  for (const list of axes) expectNumbers(op, "axes", list, "a list for a and one for b");
  const [ofA, ofB] = axes as readonly [readonly number[], readonly number[]];
  return contract(
    op,
    a,
    b,
    ofA.map((axis) => normalizeAxis(op, axis, rank)),
    ofB.map((axis) => normalizeAxis(op, axis, other)),
  );
}

/** Products summed over the last axis of both, what is left of a before what is left of b: NumPy's, PyTorch's and JAX's `inner`. A product where one is a scalar. */
export function inner(a: Tensor, b: Tensor): Tensor {
  expectOperands("inner", a, b);
  if (a.shape.length === 0 || b.shape.length === 0) return mul(a, b);
  return contract("inner", a, b, [a.shape.length - 1], [b.shape.length - 1]);
}

/** Products summed over one axis, all else broadcast: NumPy's, PyTorch's and JAX's `vecdot`, of real numbers. */
export function vecdot(a: Tensor, b: Tensor, axis = -1): Tensor {
  expectDType("vecdot", "a", a, "numeric");
  expectDType("vecdot", "b", b, "numeric");
  const [x, y] = broadcastOperands("vecdot", [a, b]);
  expectSameDType("vecdot", [x, y]);
  const resolved = normalizeAxis("vecdot", axis, x.shape.length);
  return sum(mul(x, y), resolved);
}
