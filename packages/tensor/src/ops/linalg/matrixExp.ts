import type { Tensor } from "../../tensor.js";
import { abs, add, ceil, exp2, log2, maximum, mul, neg } from "../arithmetic.js";
import { isfinite } from "../classification.js";
import { gt, le } from "../comparison.js";
import { stopGradient } from "../control.js";
import { and } from "../logic.js";
import { matmul } from "../matmul.js";
import { max, sum } from "../reductions.js";
import { where } from "../where.js";
import { batchOf, expectSquare, extentsOf, identities } from "./matrices.js";

/** Below this norm, the first neglected term of the series, A^10 / 10!, is 2e-8. */
const nearNorm = 0.75;
const mostSquarings = 16;

/** The series of exp up to A^9, in powers of A^3: four products of matrices. */
function series(a: Tensor): Tensor {
  const square = matmul(a, a);
  const cube = matmul(square, a);
  const one = identities(batchOf(a), extentsOf(a)[0]);
  const factorials = [1];
  for (let i = 1; i <= 9; i++) factorials.push(factorials.at(-1)! * i);
  const group = (k: number): Tensor =>
    add(
      add(mul(one, 1 / factorials[k]!), mul(a, 1 / factorials[k + 1]!)),
      mul(square, 1 / factorials[k + 2]!),
    );
  const last = add(group(6), mul(cube, 1 / factorials[9]!));
  return add(group(0), matmul(cube, add(group(3), matmul(cube, last))));
}

/**
 * The exponential of square matrices A [...,N,N]: PyTorch's `matrix_exp` and JAX's `expm`. The series of A / 2^s, squared s times; sixteen squarings are in the graph, whatever s is, as values decide. NaN
 * where a sum of magnitudes of a column is above 49,000.
 */
export function matrixExp(a: Tensor): Tensor {
  expectSquare("matrixExp", "a", a);
  if (extentsOf(a)[0] === 0) return a;
  const norm = stopGradient(max(sum(abs(a), -2, { keepDims: true }), -1, { keepDims: true }));
  const isKnown = and(isfinite(norm), le(norm, nearNorm * 2 ** mostSquarings));
  const steps = maximum(ceil(log2(mul(where(isKnown, maximum(norm, nearNorm), nearNorm), 1 / nearNorm))), 0);
  let result = series(mul(a, exp2(neg(steps))));
  for (let i = 0; i < mostSquarings; i++) result = where(gt(steps, i), matmul(result, result), result);
  return where(isKnown, result, Number.NaN);
}
