import wgsl from "../../../../../shaders/cholesky.wgsl?raw";
import { expectOptions } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { mul, sub } from "../arithmetic.js";
import { isnan } from "../classification.js";
import { full, zeros } from "../creation.js";
import { matmul } from "../matmul.js";
import { eye, tril } from "../ranges.js";
import { where } from "../where.js";
import { withVjp } from "../withVjp.js";
import {
  batchOf,
  block,
  expectSquare,
  extentsOf,
  fromBlocks,
  halfOf,
  largestBlock,
  nan,
  symmetrized,
  transposed,
} from "./matrices.js";
import { matrixKernel } from "./matrixKernel.js";
import { solveTriangle, substitute } from "./triangularSolve.js";

/** Of the lower triangle, without a gradient; from the first pivot on that is not positive, NaN. */
function factor(a: Tensor): Tensor {
  const [n] = extentsOf(a);
  if (n > largestBlock) {
    const k = halfOf(n);
    const high = factor(block(a, 0, k, 0, k));
    // L21 L11^T = A21
    const left = transposed(
      substitute(high, transposed(block(a, k, n, 0, k)), { upper: false, unit: false }),
    );
    const low = factor(sub(block(a, k, n, k, n), matmul(left, transposed(left))));
    return fromBlocks([
      [high, zeros([...batchOf(a), k, n - k])],
      [left, low],
    ]);
  }
  const [l] = matrixKernel(
    {
      name: "cholesky",
      wgsl,
      outputs: (a) => [a!],
      sizes: (a) => ({ n: a!.shape.at(-1)!, nan }),
      reference: ([matrix], [result]) => {
        for (let i = 0; i < n; i++) {
          for (let k = 0; k <= i; k++) {
            let rest = matrix![i * n + k]!;
            for (let j = 0; j < k; j++) rest -= result![i * n + j]! * result![k * n + j]!;
            const root = rest > 0 && rest < Number.POSITIVE_INFINITY ? Math.sqrt(rest) : Number.NaN;
            result![i * n + k] = i === k ? root : rest / result![k * n + k]!;
          }
        }
      },
    },
    [a],
  );
  return l!;
}

/** The factor of symmetric matrices. */
function choleskyOf(a: Tensor): Tensor {
  const l = factor(a);
  const [n] = extentsOf(a);
  // A NaN anywhere reaches the last element.
  const failed = isnan(block(l, n - 1, n, n - 1, n));
  const checked = where(failed, tril(full(l.shape, Number.NaN)), l);
  // Murray, "Differentiation of the Cholesky decomposition", 2016, equation 10: L^-T P(L^T dL) L^-1, where P takes the lower triangle with half of the diagonal.
  const [result] = withVjp("cholesky", [a], [checked], ([g], _args, [l]) => {
    const inner = tril(matmul(transposed(l!), tril(g!)));
    const p = sub(inner, mul(inner, mul(eye(n), 0.5)));
    const solve = (b: Tensor): Tensor => solveTriangle(transposed(l!), b, { upper: true, unit: false });
    return [symmetrized(transposed(solve(transposed(solve(p)))))];
  });
  return result!;
}

/**
 * The lower triangular L with a positive diagonal and L L^T = A for symmetric positive definite matrices A [...,N,N], or the upper U = L^T: PyTorch's and JAX's `cholesky`. As in JAX
 * it is that of (A + A^T) / 2, and NaN in the whole triangle where A is not positive definite, which PyTorch throws for.
 */
export function cholesky(a: Tensor, options: { readonly upper?: boolean } = {}): Tensor {
  expectSquare("cholesky", "a", a);
  expectOptions("cholesky", options, ["upper"]);
  if (extentsOf(a)[0] === 0) return a;
  const l = choleskyOf(symmetrized(a));
  return options.upper ? transposed(l) : l;
}
