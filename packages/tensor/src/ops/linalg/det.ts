import type { Tensor } from "../../tensor.js";
import { abs, log, mul, sign as signOf } from "../arithmetic.js";
import { stopGradient } from "../control.js";
import { prod, sum } from "../reductions.js";
import { reshape } from "../reshape.js";
import { withVjp } from "../withVjp.js";
import { diagonal } from "./diagonal.js";
import { batchOf, expectSquare, extentsOf, identities } from "./matrices.js";
import { factorsOf, solveByFactors } from "./solve.js";

/** A number per matrix, as one that is multiplied with matrices. */
const perMatrix = (x: Tensor): Tensor => reshape(x, [...x.shape, 1, 1]);

/** What `slogdet` returns: det A = sign exp(logabsdet). */
export interface Slogdet {
  /** [...]: 1, -1, or 0 where A is singular. It has no gradient. */
  readonly sign: Tensor;
  /** [...]: -infinity where A is singular. */
  readonly logabsdet: Tensor;
}

/** A^-T */
const inverseTransposed = (a: Tensor, lu: Tensor, order: Tensor): Tensor =>
  solveByFactors(a, { lu, order }, identities(batchOf(a), extentsOf(a)[0]), true);

/**
 * The sign of the determinant and the logarithm of its magnitude, of square matrices A [...,N,N], by LU with partial pivoting: PyTorch's and NumPy's `slogdet`. 1 and 0 where N is 0. The gradient is not
 * finite where A is singular.
 */
export function slogdet(a: Tensor): Slogdet {
  expectSquare("slogdet", "a", a);
  const { lu, order, parity } = factorsOf(a);
  const pivots = diagonal(lu, 0, -2, -1);
  const [logabsdet] = withVjp(
    "slogdet",
    [a, lu, order],
    [sum(log(abs(pivots)), -1)],
    ([g], [a, lu, order]) => [mul(perMatrix(g!), inverseTransposed(a!, lu!, order!)), undefined, undefined],
  );
  return { sign: stopGradient(mul(parity, prod(signOf(pivots), -1))), logabsdet: logabsdet! };
}

/**
 * The determinant of square matrices A [...,N,N], by LU with partial pivoting: PyTorch's and NumPy's `det`. 1 where N is 0. The gradient is not finite where A is singular. Large matrices overflow:
 * `slogdet` does not.
 */
export function det(a: Tensor): Tensor {
  expectSquare("det", "a", a);
  const { lu, order, parity } = factorsOf(a);
  const value = mul(parity, prod(diagonal(lu, 0, -2, -1), -1));
  const [result] = withVjp("det", [a, lu, order], [value], ([g], [a, lu, order], [value]) => [
    mul(perMatrix(mul(g!, value!)), inverseTransposed(a!, lu!, order!)),
    undefined,
    undefined,
  ]);
  return result!;
}
