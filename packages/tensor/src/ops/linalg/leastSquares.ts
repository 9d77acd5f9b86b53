import { expectOptions, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { add, div, mul, neg, sub } from "../arithmetic.js";
import { cast } from "../cast.js";
import { gt } from "../comparison.js";
import { matmul } from "../matmul.js";
import { max, sum } from "../reductions.js";
import { expandDims } from "../reshape.js";
import { where } from "../where.js";
import { withVjp } from "../withVjp.js";
import { expectMatrices, extentsOf, transposed } from "./matrices.js";
import { withRightSide } from "./rightSide.js";
import { type SVD, svd } from "./svd.js";

/** Which singular values count as 0. */
export interface RankOptions {
  /** Those of at most this part of the largest. Default: the greater of M and N, times 2^-23, as PyTorch and NumPy have it. */
  readonly rtol?: number;
}

/** Whether each singular value [...,K] counts. */
function counts(op: string, a: Tensor, s: Tensor, options: RankOptions): Tensor {
  expectOptions(op, options, ["rtol"]);
  const { rtol = Math.max(...extentsOf(a)) * 2 ** -23 } = options;
  if (typeof rtol !== "number" || !(rtol >= 0)) {
    throw new Error(`${op}: rtol must be a number of at least 0, got ${show(rtol)}`);
  }
  return s.shape.at(-1) === 0 ? gt(s, 0) : gt(s, mul(max(s, -1, { keepDims: true }), rtol));
}

/** How many singular values of matrices A [...,M,N] are not 0, i32 [...]: PyTorch's and NumPy's `matrix_rank`. */
export function matrixRank(a: Tensor, options: RankOptions = {}): Tensor {
  expectMatrices("matrixRank", "a", a);
  return rankOf("matrixRank", a, svd(a).s, options);
}

const rankOf = (op: string, a: Tensor, s: Tensor, options: RankOptions): Tensor =>
  sum(cast(counts(op, a, s, options), "i32"), -1);

/** V S^-1 U^T over the singular values that count. */
function pseudoInverse(op: string, a: Tensor, { u, s, vh }: SVD, options: RankOptions): Tensor {
  const counted = counts(op, a, s, options);
  const inverse = where(counted, div(1, where(counted, s, 1)), 0);
  const value = matmul(mul(transposed(vh), expandDims(inverse, -2)), transposed(u));
  // Golub and Pereyra, 1973: dA+ = -A+ dA A+ + A+ A+^T dA^T (I - A A+) + (I - A+ A) dA^T A+^T A+, at the same rank.
  const [result] = withVjp("pinv", [a], [value], ([g], [a], [x]) => {
    const [gt, xt] = [transposed(g!), transposed(x!)];
    const first = neg(matmul(matmul(xt, g!), xt));
    // (I - A A+) G^T A+ A+^T
    const outside = matmul(sub(gt, matmul(a!, matmul(x!, gt))), matmul(x!, xt));
    // A+^T A+ G^T (I - A+ A)
    const side = matmul(matmul(xt, x!), sub(gt, matmul(matmul(gt, x!), a!)));
    return [add(first, add(outside, side))];
  });
  return result!;
}

/**
 * The pseudoinverse [...,N,M] of matrices A [...,M,N] (Moore and Penrose), by the singular values that count: PyTorch's and NumPy's `pinv`. The gradient is that among matrices of the same rank.
 */
export function pinv(a: Tensor, options: RankOptions = {}): Tensor {
  expectMatrices("pinv", "a", a);
  return a.shape.includes(0) ? transposed(a) : pseudoInverse("pinv", a, svd(a), options);
}

/** What `lstsq` returns. */
export interface LeastSquares {
  /** X [...,N,K], or vectors [...,N]. */
  readonly solution: Tensor;
  /** i32 [...] */
  readonly rank: Tensor;
  /** [...,min(M, N)], descending. */
  readonly singularValues: Tensor;
}

/**
 * X for which the squares of A X - B sum up to least, of several the one with the smallest elements, for matrices A [...,M,N] and B [...,M,K], or vectors b [M], or [...,M] where that is the shape
 * of A without its last axis: NumPy's, JAX's and PyTorch's `lstsq`, by the pseudoinverse. Batches broadcast.
 */
export function lstsq(a: Tensor, b: Tensor, options: RankOptions = {}): LeastSquares {
  expectMatrices("lstsq", "a", a);
  const parts = svd(a);
  const inverse = a.shape.includes(0) ? transposed(a) : pseudoInverse("lstsq", a, parts, options);
  return {
    solution: withRightSide("lstsq", a, b, true, (_, b) => matmul(inverse, b)),
    rank: rankOf("lstsq", a, parts.s, options),
    singularValues: parts.s,
  };
}
