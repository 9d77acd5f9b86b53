import wgsl from "../../../../../shaders/triangularSolve.wgsl?raw";
import { expectOptions } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { neg, sub } from "../arithmetic.js";
import { matmul } from "../matmul.js";
import { tril, triu } from "../ranges.js";
import { withVjp } from "../withVjp.js";
import { block, expectSquare, extentsOf, fromBlocks, halfOf, largestBlock, transposed } from "./matrices.js";
import { matrixKernel } from "./matrixKernel.js";
import { withRightSide } from "./rightSide.js";

/** Which system `triangularSolve` solves. */
export interface TriangularSolveOptions {
  /** T is upper triangular. Default false: lower. */
  readonly upper?: boolean;
  /** T X = B; false for X T = B. Default true. */
  readonly left?: boolean;
  /** The diagonal of T counts as ones, and is not read. Default false. */
  readonly unitriangular?: boolean;
  /** T^T in place of T, `upper` is said of T itself. Default false. */
  readonly transpose?: boolean;
}

/** What a triangle is. */
interface Triangle {
  readonly upper: boolean;
  readonly unit: boolean;
}

/** T X = B of equal batches, without a gradient. */
export function substitute(t: Tensor, b: Tensor, { upper, unit }: Triangle): Tensor {
  const [n, columns] = extentsOf(b);
  if (n > largestBlock) {
    const k = halfOf(n);
    const solve = (from: number, to: number, right: Tensor): Tensor =>
      substitute(block(t, from, to, from, to), right, { upper, unit });
    const [top, bottom] = [block(b, 0, k, 0, columns), block(b, k, n, 0, columns)];
    if (upper) {
      const low = solve(k, n, bottom);
      return fromBlocks([[solve(0, k, sub(top, matmul(block(t, 0, k, k, n), low)))], [low]]);
    }
    const high = solve(0, k, top);
    return fromBlocks([[high], [solve(k, n, sub(bottom, matmul(block(t, k, n, 0, k), high)))]]);
  }
  const [x] = matrixKernel(
    {
      name: "triangularSolve",
      wgsl,
      outputs: (_t, right) => [right!],
      sizes: (_t, right) => ({
        n: right!.shape.at(-2)!,
        columns: right!.shape.at(-1)!,
        upper: Number(upper),
        unit: Number(unit),
      }),
      invocations: (_t, right) => right!.shape.at(-1)!,
      reference: ([triangle, right], [result]) => {
        for (let c = 0; c < columns; c++) {
          for (let k = 0; k < n; k++) {
            const i = upper ? n - 1 - k : k;
            let rest = right![i * columns + c]!;
            for (let j = upper ? i + 1 : 0; j < (upper ? n : i); j++) {
              rest -= triangle![i * n + j]! * result![j * columns + c]!;
            }
            result![i * columns + c] = unit ? rest : rest / triangle![i * n + i]!;
          }
        }
      },
    },
    [t, b],
  );
  return x!;
}

/** T X = B of equal batches. */
export function solveTriangle(t: Tensor, b: Tensor, triangle: Triangle): Tensor {
  const [x] = withVjp(
    "triangularSolve",
    [t, b],
    [substitute(t, b, triangle)],
    // dB = T^-T dX, dT = -dB X^T, of which the triangle counts.
    ([g], [t], [x]) => {
      const db = solveTriangle(transposed(t!), g!, { upper: !triangle.upper, unit: triangle.unit });
      const dt = neg(matmul(db, transposed(x!)));
      const kept = Number(triangle.unit);
      return [triangle.upper ? triu(dt, kept) : tril(dt, -kept), db];
    },
  );
  return x!;
}

/**
 * X with T X = B for triangular matrices T [...,N,N] and B [...,N,K], or vectors b [N], or [...,N] where that is the shape of T without its last axis: PyTorch's `solve_triangular`, SciPy's
 * and JAX's. Batches broadcast. The other triangle of T is not read. A zero on the diagonal gives infinities and NaN, as there.
 */
export function triangularSolve(t: Tensor, b: Tensor, options: TriangularSolveOptions = {}): Tensor {
  const op = "triangularSolve";
  expectOptions(op, options, ["upper", "left", "unitriangular", "transpose"]);
  expectSquare(op, "t", t);
  const { upper = false, left = true, unitriangular: unit = false, transpose = false } = options;
  return withRightSide(op, t, b, left, (t, b) =>
    // X T = B is T^T X^T = B^T.
    left !== transpose
      ? solveTriangle(t, b, { upper, unit })
      : solveTriangle(transposed(t), b, { upper: !upper, unit }),
  );
}
