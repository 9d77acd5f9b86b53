import wgsl from "../../../../../shaders/qr.wgsl?raw";
import type { Aval } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { add, mul, sub } from "../arithmetic.js";
import { zeros } from "../creation.js";
import { matmul } from "../matmul.js";
import { tril, triu } from "../ranges.js";
import { withVjp } from "../withVjp.js";
import { batchOf, block, expectMatrices, extentsOf, fromBlocks, transposed } from "./matrices.js";
import { matrixKernel } from "./matrixKernel.js";
import { solveTriangle } from "./triangularSolve.js";

/** What `qr` returns: A = Q R. K is the lesser of M and N. */
export interface QR {
  /** [...,M,K], with orthonormal columns. */
  readonly q: Tensor;
  /** [...,K,N], upper triangular. */
  readonly r: Tensor;
}

/** The 2-norm, with the largest taken out; `Math.hypot` takes no more arguments than the stack has room for. */
function lengthOf(u: Float64Array): number {
  const largest = u.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (largest === 0 || largest === Number.POSITIVE_INFINITY) return largest;
  return largest * Math.sqrt(u.reduce((total, x) => total + (x / largest) ** 2, 0));
}

function reflect(
  m: number,
  n: number,
  a: Float64Array,
  q: Float64Array,
  r: Float64Array,
  work: Float64Array,
): void {
  work.set(a);
  const vectors: Float64Array[] = [];
  const apply = (u: Float64Array, k: number, x: Float64Array, j: number): void => {
    let along = 0;
    for (let i = k; i < m; i++) along += u[i]! * x[i * n + j]!;
    for (let i = k; i < m; i++) x[i * n + j]! -= 2 * along * u[i]!;
  };
  for (let k = 0; k < n; k++) {
    const u = Float64Array.from({ length: m }, (_, i) => (i < k ? 0 : work[i * n + k]!));
    if (u.subarray(k + 1).every((x) => x === 0)) u.fill(0);
    else {
      u[k]! += (u[k]! < 0 || Object.is(u[k], -0) ? -1 : 1) * lengthOf(u);
      const norm = lengthOf(u);
      for (let i = k; i < m; i++) u[i]! /= norm;
    }
    vectors.push(u);
    for (let j = k; j < n; j++) apply(u, k, work, j);
    for (let j = 0; j < n; j++) r[k * n + j] = j < k ? 0 : work[k * n + j]!;
  }
  for (let j = 0; j < n; j++) {
    q[j * n + j] = 1;
    for (let k = j; k >= 0; k--) apply(vectors[k]!, k, q, j);
  }
}

/** Of matrices that are not wide, without a gradient. */
export function reflections(a: Tensor): QR {
  const [m, n] = extentsOf(a);
  if (a.shape.includes(0)) return { q: a, r: zeros([...batchOf(a), n, n]) };
  const [q, r] = matrixKernel(
    {
      name: "qr",
      wgsl,
      outputs: (a): Aval[] => {
        const columns = a!.shape.at(-1)!;
        const matrix = (...shape: number[]): Aval => ({ shape: [...batchOf(a!), ...shape], dtype: "f32" });
        const same = matrix(...extentsOf(a!));
        return [same, matrix(columns, columns), same, matrix(3, columns)];
      },
      sizes: (a) => ({ m: a!.shape.at(-2)!, n: a!.shape.at(-1)! }),
      reference: ([matrix], [q, r, work]) => reflect(m, n, matrix!, q!, r!, work!),
    },
    [a],
  );
  return { q: q!, r: r! };
}

function qrOf(a: Tensor): QR {
  const value = reflections(a);
  // (dQ + Q copyltu(R dR^T - dQ^T Q)) R^-T, where copyltu copies the lower triangle to the upper one (Walter and Lehmann, 2010).
  const [q, r] = withVjp("qr", [a], [value.q, value.r], ([gq, gr], _args, [q, r]) => {
    const ofR = gr && matmul(r!, transposed(triu(gr)));
    const ofQ = gq && matmul(transposed(gq), q!);
    const m = ofR && ofQ ? sub(ofR, ofQ) : (ofR ?? mul(ofQ!, -1));
    const lower = tril(m);
    const inner = matmul(q!, add(lower, transposed(tril(m, -1))));
    const dq = gq ? add(gq, inner) : inner;
    return [transposed(solveTriangle(r!, transposed(dq), { upper: true, unit: false }))];
  });
  return { q: q!, r: r! };
}

/**
 * A = Q R for matrices A [...,M,N], reduced: Q has as many columns as R has rows, the lesser of M and N. As PyTorch's and JAX's `qr`, by Householder's reflections with LAPACK's signs: the diagonal of R
 * may be negative. The gradient needs independent columns (the first M, where there are more): without, it is not finite.
 */
export function qr(a: Tensor): QR {
  expectMatrices("qr", "a", a);
  const [m, n] = extentsOf(a);
  if (m >= n) return qrOf(a);
  const { q, r } = qrOf(block(a, 0, m, 0, m));
  return { q, r: fromBlocks([[r, matmul(transposed(q), block(a, 0, m, m, n))]]) };
}
