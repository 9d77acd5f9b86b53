import wgsl from "../../../../../shaders/lu.wgsl?raw";
import type { Aval } from "../../shape.js";
import { apply, type Tensor } from "../../tensor.js";
import { add, mul, sub } from "../arithmetic.js";
import { broadcastTo } from "../broadcastTo.js";
import { cast } from "../cast.js";
import { eq } from "../comparison.js";
import { concat } from "../concat.js";
import { stopGradient } from "../control.js";
import { full, iota } from "../creation.js";
import { matmul } from "../matmul.js";
import { eye, tril, triu } from "../ranges.js";
import { expandDims } from "../reshape.js";
import { slice } from "../slice.js";
import { withVjp } from "../withVjp.js";
import {
  batchOf,
  block,
  expectMatrices,
  extentsOf,
  fromBlocks,
  halfOf,
  largestBlock,
  transposed,
} from "./matrices.js";
import { matrixKernel } from "./matrixKernel.js";
import { solveTriangle, substitute } from "./triangularSolve.js";

/** A[order] = L U. */
export interface Factors {
  /** [...,M,N]: U, and below the diagonal L without its ones. */
  readonly lu: Tensor;
  /** i32 [...,M] */
  readonly order: Tensor;
  /** f32 [...]: 1 or -1, the determinant of the permutation. */
  readonly parity: Tensor;
}

/** The rows of each matrix in the order of a permutation. */
export const permuteRows = (x: Tensor, order: Tensor): Tensor =>
  apply("arrange", [x, broadcastTo(expandDims(order, -1), x.shape)], { axis: x.shape.length - 2 });

/** Of matrices that are not wide, without a gradient. */
export function factorize(a: Tensor): Factors {
  const [m, n] = extentsOf(a);
  const batch = batchOf(a);
  if (n === 0 || a.shape.includes(0)) {
    return { lu: a, order: iota([...batch, m], batch.length), parity: full(batch, 1) };
  }
  if (n > largestBlock) return factorizeHalves(a);
  const [lu, order, parity] = matrixKernel(
    {
      name: "lu",
      wgsl,
      outputs: (a): Aval[] => [
        { shape: a!.shape, dtype: "f32" },
        { shape: a!.shape.slice(0, -1), dtype: "i32" },
        { shape: batchOf(a!), dtype: "f32" },
      ],
      sizes: (a) => ({ m: a!.shape.at(-2)!, n: a!.shape.at(-1)! }),
      reference: ([matrix], [lu, order, parity]) => eliminate(m, n, matrix!, lu!, order!, parity!),
    },
    [a],
  );
  return { lu: lu!, order: order!, parity: parity! };
}

/** The left half, what it makes of the right one, and the rest (Toledo, 1997). */
function factorizeHalves(a: Tensor): Factors {
  const [m, n] = extentsOf(a);
  const k = halfOf(n);
  const left = factorize(block(a, 0, m, 0, k));
  const right = permuteRows(block(a, 0, m, k, n), left.order);
  const top = substitute(block(left.lu, 0, k, 0, k), block(right, 0, k, 0, n - k), {
    upper: false,
    unit: true,
  });
  const beside = block(left.lu, k, m, 0, k);
  const low = factorize(sub(block(right, k, m, 0, n - k), matmul(beside, top)));
  const rest = (from: number, to: number): Tensor =>
    slice(left.order, [...batchOf(a).map(() => 0), from], [...batchOf(a), to]);
  return {
    lu: fromBlocks([
      [block(left.lu, 0, k, 0, k), top],
      [permuteRows(beside, low.order), low.lu],
    ]),
    order: concat(
      [rest(0, k), apply("arrange", [rest(k, m), low.order], { axis: low.order.shape.length - 1 })],
      -1,
    ),
    parity: mul(left.parity, low.parity),
  };
}

function eliminate(
  m: number,
  n: number,
  matrix: Float64Array,
  lu: Float64Array,
  order: Float64Array,
  parity: Float64Array,
): void {
  lu.set(matrix);
  for (let i = 0; i < m; i++) order[i] = i;
  parity[0] = 1;
  // A NaN is the largest.
  const magnitude = (i: number, k: number): number => {
    const value = Math.abs(lu[i * n + k]!);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  for (let k = 0; k < Math.min(m, n); k++) {
    let pivotRow = k;
    for (let i = k + 1; i < m; i++) if (magnitude(i, k) > magnitude(pivotRow, k)) pivotRow = i;
    if (pivotRow !== k) {
      const row = lu.slice(k * n, (k + 1) * n);
      lu.copyWithin(k * n, pivotRow * n, (pivotRow + 1) * n);
      lu.set(row, pivotRow * n);
      [order[k], order[pivotRow]] = [order[pivotRow]!, order[k]!];
      parity[0]! *= -1;
    }
    const pivot = lu[k * n + k]!;
    for (let i = k + 1; i < m; i++) {
      if (pivot !== 0) lu[i * n + k]! /= pivot;
      for (let j = k + 1; j < n; j++) lu[i * n + j]! -= lu[i * n + k]! * lu[k * n + j]!;
    }
  }
}

/** L and U of square matrices, whose rows are in order already, and the factors known. */
function triangles(a: Tensor, packed: Tensor): readonly [Tensor, Tensor] {
  const [n] = extentsOf(a);
  const values = [add(tril(packed, -1), eye(n)), triu(packed)];
  // dA = L^-T (tril(L^T dL, -1) + triu(dU U^T)) U^-T
  const [l, u] = withVjp("lu", [a], values, ([gl, gu], _args, [l, u]) => {
    const terms = [
      ...(gl ? [tril(matmul(transposed(l!), gl), -1)] : []),
      ...(gu ? [triu(matmul(gu, transposed(u!)))] : []),
    ];
    const inner = terms.reduce((sum, term) => add(sum, term));
    const half = solveTriangle(transposed(l!), inner, { upper: true, unit: true });
    // Y U^-T is (U^-1 Y^T)^T.
    return [transposed(solveTriangle(u!, transposed(half), { upper: true, unit: false }))];
  });
  return [l!, u!];
}

/** What `lu` returns: A = P L U. */
export interface LU {
  /** [...,M,M], a permutation. */
  readonly p: Tensor;
  /** [...,M,K], lower triangular with ones on the diagonal. K is the lesser of M and N. */
  readonly l: Tensor;
  /** [...,K,N], upper triangular. */
  readonly u: Tensor;
}

/**
 * A = P L U for matrices A [...,M,N], with partial pivoting, as PyTorch's and JAX's `lu`: the pivots are LAPACK's, the largest of a column and the first of equals. Singular matrices have zeros on the
 * diagonal of U; the gradient is not finite there.
 */
export function lu(a: Tensor): LU {
  expectMatrices("lu", "a", a);
  const [m, n] = extentsOf(a);
  const k = Math.min(m, n);
  const factors = factorize(stopGradient(block(a, 0, m, 0, k)));
  const ordered = permuteRows(a, factors.order);
  const [top, u] = triangles(block(ordered, 0, k, 0, k), block(factors.lu, 0, k, 0, k));
  // What lies below and beside follows from the square: L2 = A2 U^-1, U2 = L^-1 A2.
  const below = (): Tensor =>
    transposed(
      solveTriangle(transposed(u), transposed(block(ordered, k, m, 0, k)), { upper: false, unit: false }),
    );
  const beside = (): Tensor => solveTriangle(top, block(ordered, 0, k, k, n), { upper: false, unit: true });
  const row = iota([m, 1], 0);
  return {
    p: cast(eq(row, expandDims(factors.order, -2)), "f32"),
    l: m > k ? fromBlocks([[top], [below()]]) : top,
    u: n > k ? fromBlocks([[u, beside()]]) : u,
  };
}
