import type { Tensor } from "../../tensor.js";
import { neg } from "../arithmetic.js";
import { stopGradient } from "../control.js";
import { matmul } from "../matmul.js";
import { argsort } from "../sort.js";
import { withVjp } from "../withVjp.js";
import { type Factors, factorize, permuteRows } from "./lu.js";
import { batchOf, expectSquare, extentsOf, identities, transposed } from "./matrices.js";
import { withRightSide } from "./rightSide.js";
import { substitute } from "./triangularSolve.js";

/** The factors of square matrices, which have no gradient. */
export const factorsOf = (a: Tensor): Factors => factorize(stopGradient(a));

/** A X = B, or A^T X = B, of equal batches, by the factors of A; the gradient is that of A and B. */
export function solveByFactors(
  a: Tensor,
  { lu, order }: Pick<Factors, "lu" | "order">,
  b: Tensor,
  isTransposed = false,
): Tensor {
  const lower = { upper: false, unit: true };
  const upper = { upper: true, unit: false };
  const value = isTransposed
    ? permuteRows(
        substitute(transposed(lu), substitute(transposed(lu), b, { upper: false, unit: false }), {
          upper: true,
          unit: true,
        }),
        argsort(order),
      )
    : substitute(lu, substitute(lu, permuteRows(b, order), lower), upper);
  // dB = A^-T dX, dA = -dB X^T, its transpose where A was transposed.
  const [x] = withVjp("solve", [a, lu, order, b], [value], ([g], [a, lu, order], [x]) => {
    const db = solveByFactors(a!, { lu: lu!, order: order! }, g!, !isTransposed);
    const da = neg(isTransposed ? matmul(x!, transposed(db)) : matmul(db, transposed(x!)));
    return [da, undefined, undefined, db];
  });
  return x!;
}

/**
 * X with A X = B for square matrices A [...,N,N] and B [...,N,K], or vectors b [N], or [...,N] where that is the shape of A without its last axis: PyTorch's `solve`. Batches broadcast. By LU with
 * partial pivoting. Where A is singular, X has infinities or NaN, as in JAX; PyTorch throws.
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  expectSquare("solve", "a", a);
  return withRightSide("solve", a, b, true, (a, b) => solveByFactors(a, factorsOf(a), b));
}

/** The inverse of square matrices A [...,N,N], by LU with partial pivoting. Infinities or NaN where A is singular, as in JAX; PyTorch throws. */
export function inv(a: Tensor): Tensor {
  expectSquare("inv", "a", a);
  return solveByFactors(a, factorsOf(a), identities(batchOf(a), extentsOf(a)[0]));
}
