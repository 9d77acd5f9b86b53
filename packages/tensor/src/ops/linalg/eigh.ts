import wgsl from "../../../../../shaders/eigh.wgsl?raw";
import type { Aval } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { add, div, mul, sub } from "../arithmetic.js";
import { zeros } from "../creation.js";
import { matmul } from "../matmul.js";
import { eye } from "../ranges.js";
import { expandDims } from "../reshape.js";
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
import { batchOf, expectSquare, extentsOf, symmetrized, transposed } from "./matrices.js";
import { matrixKernel } from "./matrixKernel.js";

/** What `eigh` returns: A = V diag(w) V^T. */
export interface Eigh {
  /** w [...,N], ascending. */
  readonly eigenvalues: Tensor;
  /** V [...,N,N], the eigenvectors as columns. */
  readonly eigenvectors: Tensor;
}

function diagonalize(n: number, a: Float64Array, values: Float64Array, vectors: Float64Array): void {
  if (a.some((x) => !Number.isFinite(x))) {
    values.fill(Number.NaN);
    vectors.fill(Number.NaN);
    return;
  }
  const work = a.slice();
  const rotated = identity(n);
  const negligible = 1e-17 * a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  sweep(n, (p, q) => {
    const between = work[p * n + q]!;
    if (Math.abs(between) <= negligible) return false;
    const [c, s] = rotationFor(work[p * n + p]!, work[q * n + q]!, between);
    rotateColumns(work, n, p, q, c, s);
    for (let k = 0; k < n; k++) {
      const [one, other] = [work[p * n + k]!, work[q * n + k]!];
      work[p * n + k] = c * one - s * other;
      work[q * n + k] = s * one + c * other;
    }
    work[p * n + q] = 0;
    work[q * n + p] = 0;
    rotateColumns(rotated, n, p, q, c, s);
    return true;
  });
  const order = Array.from({ length: n }, (_, k) => k);
  order.sort((i, j) => work[i * n + i]! - work[j * n + j]!);
  order.forEach((k, place) => {
    values[place] = work[k * n + k]!;
  });
  placeColumns(n, order, rotated, [[rotated, vectors]]);
}

function eighOf(a: Tensor): Eigh {
  const [n] = extentsOf(a);
  const [w, v] = matrixKernel(
    {
      name: "eigh",
      wgsl: jacobiShader(wgsl),
      outputs: (a): Aval[] => {
        const batch = batchOf(a!);
        const [n] = extentsOf(a!);
        const square: Aval = { shape: a!.shape, dtype: "f32" };
        const vector = (length: number): Aval => ({ shape: [...batch, length], dtype: "f32" });
        return [vector(n), square, square, square, vector(n + (n % 2) + 64)];
      },
      sizes: (a) => jacobiSizes(a!.shape.at(-1)!),
      reference: ([matrix], [values, vectors]) => diagonalize(n, matrix!, values!, vectors!),
    },
    [a],
  );
  // V (diag(dw) + F V^T dV) V^T with F_ij = 1 / (w_j - w_i), and 0 on the diagonal (Giles, 2008).
  const [eigenvalues, eigenvectors] = withVjp("eigh", [a], [w!, v!], ([gw, gv], _args, [w, v]) => {
    const ofValues = gw && mul(eye(n), expandDims(gw, -1));
    const apart = sub(expandDims(w!, -2), expandDims(w!, -1));
    // The diagonal of V^T dV has no effect: a column keeps its length.
    const off = sub(1, eye(n));
    const ofVectors = gv && div(mul(matmul(transposed(v!), gv), off), add(apart, eye(n)));
    const inner = ofValues && ofVectors ? add(ofValues, ofVectors) : (ofValues ?? ofVectors!);
    return [symmetrized(matmul(matmul(v!, inner), transposed(v!)))];
  });
  return { eigenvalues: eigenvalues!, eigenvectors: eigenvectors! };
}

/**
 * Eigenvalues and eigenvectors of symmetric matrices A [...,N,N], of (A + A^T) / 2 as in JAX: PyTorch's and JAX's `eigh`, by Jacobi's rotations. Of the two signs of an eigenvector it takes the one
 * whose largest component, the first of equals, is positive; the others leave it open. NaN where an element of A is not finite. The gradient of eigenvectors is not finite where eigenvalues
 * are equal, that of eigenvalues is.
 */
export function eigh(a: Tensor): Eigh {
  expectSquare("eigh", "a", a);
  if (extentsOf(a)[0] === 0) return { eigenvalues: zeros(a.shape.slice(0, -1)), eigenvectors: a };
  return eighOf(symmetrized(a));
}
