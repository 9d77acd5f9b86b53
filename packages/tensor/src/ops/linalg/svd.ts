import wgsl from "../../../../../shaders/svd.wgsl?raw";
import type { Aval } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { add, div, mul, sub } from "../arithmetic.js";
import { cast } from "../cast.js";
import { lt } from "../comparison.js";
import { zeros } from "../creation.js";
import { matmul } from "../matmul.js";
import { eye } from "../ranges.js";
import { sum } from "../reductions.js";
import { expandDims } from "../reshape.js";
import { where } from "../where.js";
import { withVjp } from "../withVjp.js";
import {
  identity,
  jacobiShader,
  jacobiSizes,
  placeColumns,
  rotateColumns,
  rotationFor,
  sweep,
} from "./jacobi.js";
import { batchOf, expectMatrices, extentsOf, transposed } from "./matrices.js";
import { matrixKernel } from "./matrixKernel.js";
import { reflections } from "./qr.js";

/** What `svd` returns: A = U diag(s) V^T. K is the lesser of M and N. */
export interface SVD {
  /** [...,M,K], the left singular vectors as columns. */
  readonly u: Tensor;
  /** [...,K], the singular values, descending. */
  readonly s: Tensor;
  /** V^T [...,K,N], the right singular vectors as rows. */
  readonly vh: Tensor;
}

interface Parts {
  readonly u: Tensor;
  readonly s: Tensor;
  readonly v: Tensor;
}

function orthogonalize(
  n: number,
  a: Float64Array,
  values: Float64Array,
  scaled: Float64Array,
  vectors: Float64Array,
): void {
  if (a.some((x) => !Number.isFinite(x))) {
    for (const result of [values, scaled, vectors]) result.fill(Number.NaN);
    return;
  }
  const unit = a.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
  const work = a.map((x) => x / unit);
  const rotated = identity(n);
  const product = (p: number, q: number): number => {
    let result = 0;
    for (let k = 0; k < n; k++) result += work[k * n + p]! * work[k * n + q]!;
    return result;
  };
  sweep(n, (p, q) => {
    const [alpha, beta, gamma] = [product(p, p), product(q, q), product(p, q)];
    if (Math.abs(gamma) <= 1e-16 * Math.sqrt(n) * Math.sqrt(alpha) * Math.sqrt(beta)) return false;
    const [c, s] = rotationFor(alpha, beta, gamma);
    rotateColumns(work, n, p, q, c, s);
    rotateColumns(rotated, n, p, q, c, s);
    return true;
  });
  const norms = Array.from({ length: n }, (_, k) => Math.sqrt(product(k, k)));
  const order = norms.map((_, k) => k).sort((i, j) => norms[j]! - norms[i]!);
  order.forEach((k, place) => {
    values[place] = norms[k]! * unit;
  });
  placeColumns(n, order, rotated, [
    [work, scaled],
    [rotated, vectors],
  ]);
}

/** Without a gradient. */
function decompose(a: Tensor): Parts {
  const [m, n] = extentsOf(a);
  if (m < n) {
    const { u, s, v } = decompose(transposed(a));
    return { u: v, s, v: u };
  }
  if (m > n) {
    const { q, r } = reflections(a);
    const { u, s, v } = decompose(r);
    return { u: matmul(q, u), s, v };
  }
  const [s, scaled, v] = matrixKernel(
    {
      name: "svd",
      wgsl: jacobiShader(wgsl),
      outputs: (a): Aval[] => {
        const [n] = extentsOf(a!);
        const square: Aval = { shape: a!.shape, dtype: "f32" };
        const vector = (length: number): Aval => ({ shape: [...batchOf(a!), length], dtype: "f32" });
        return [vector(n), square, square, square, square, vector(n + 64)];
      },
      sizes: (a) => jacobiSizes(a!.shape.at(-1)!),
      reference: ([matrix], [values, scaled, vectors]) =>
        orthogonalize(n, matrix!, values!, scaled!, vectors!),
    },
    [a],
  );
  // The columns are orthogonal already; of those that vanish, reflections make some that are orthonormal to all others.
  const { q, r } = reflections(scaled!);
  const diagonal = sum(mul(r, eye(n)), -1);
  return { u: mul(q, expandDims(cast(where(lt(diagonal, 0), -1, 1), "f32"), -2)), s: s!, v: v! };
}

/**
 * A = U diag(s) V^T for matrices A [...,M,N], reduced: as PyTorch's and JAX's `svd` without full matrices, by Jacobi's rotations. Of the two signs of a pair of singular vectors it takes
 * the one where the largest component of that of the shorter side of A (the right one of a square), the first of equals, is positive; the others leave it open. NaN where an element of A is not finite. The gradient of
 * singular vectors is not finite where singular values are equal or, unless A is square, 0; that of singular values is.
 */
export function svd(a: Tensor): SVD {
  expectMatrices("svd", "a", a);
  const [m, n] = extentsOf(a);
  const k = Math.min(m, n);
  if (a.shape.includes(0)) {
    const batch = batchOf(a);
    return { u: zeros([...batch, m, k]), s: zeros([...batch, k]), vh: zeros([...batch, k, n]) };
  }
  const parts = decompose(a);
  const [u, s, v] = withVjp("svd", [a], [parts.u, parts.s, parts.v], gradient);
  return { u: u!, s: s!, vh: transposed(v!) };
}

/**
 * U ((skew(U^T dU) / E) S + S (skew(V^T dV) / E) + diag(ds)) V^T, E_ij = s_j^2 - s_i^2, skew(X) = X - X^T, and for what of dU and dV is outside of the columns of U and V, (I - U U^T) dU S^-1 V^T and
 * U S^-1 dV^T (I - V V^T) (Giles, 2008; PyTorch's svd_backward).
 */
function gradient(
  [gu, gs, gv]: readonly (Tensor | undefined)[],
  _args: readonly Tensor[],
  [u, s, v]: readonly Tensor[],
): readonly Tensor[] {
  const k = s!.shape.at(-1)!;
  const total = (terms: readonly Tensor[]): Tensor => terms.reduce((sum, term) => add(sum, term));
  const [ofRow, ofColumn] = [expandDims(s!, -1), expandDims(s!, -2)];
  const apart = add(mul(sub(ofColumn, ofRow), add(ofColumn, ofRow)), eye(k));
  /** skew(X^T dX) / E */
  const turned = (x: Tensor, g: Tensor): Tensor => {
    const inner = matmul(transposed(x), g);
    return div(sub(inner, transposed(inner)), apart);
  };
  const inner = [
    ...(gu ? [mul(turned(u!, gu), ofColumn)] : []),
    ...(gv ? [mul(ofRow, turned(v!, gv))] : []),
    ...(gs ? [mul(eye(k), expandDims(gs, -1))] : []),
  ];
  /** (I - X X^T) dX S^-1 */
  const outside = (x: Tensor, g: Tensor): Tensor =>
    div(sub(g, matmul(x, matmul(transposed(x), g))), ofColumn);
  const terms = [matmul(matmul(u!, total(inner)), transposed(v!))];
  if (gu && extentsOf(u!)[0] > k) terms.push(matmul(outside(u!, gu), transposed(v!)));
  if (gv && extentsOf(v!)[0] > k) terms.push(matmul(u!, transposed(outside(v!, gv))));
  return [total(terms)];
}
