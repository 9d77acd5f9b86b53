import { describe, expectDType, expectOptions, show } from "../../primitives/expect.js";
import type { Tensor } from "../../tensor.js";
import { abs, mul, pow, sqrt } from "../arithmetic.js";
import { resolveAxes } from "../axes.js";
import { cast } from "../cast.js";
import { eq, ne } from "../comparison.js";
import { type Axes, max, min, sum } from "../reductions.js";
import { reshape } from "../reshape.js";
import { inSingle } from "../special/inSingle.js";
import { where } from "../where.js";
import { extentsOf, matrixAxes } from "./matrices.js";
import { svd } from "./svd.js";

/** Which norm of a matrix: Frobenius, nuclear (the sum of the singular values), 2 and -2 their largest and smallest, 1 and Infinity the largest sum of magnitudes of a column and of a row, -1 and -Infinity the smallest. */
export type MatrixNorm = "fro" | "nuc" | 1 | -1 | 2 | -2 | typeof Infinity;

/** How `vectorNorm` counts. */
export interface VectorNormOptions {
  /** (sum |x|^ord)^(1/ord); Infinity the largest magnitude, -Infinity the smallest, 0 how many are not 0. Default 2. */
  readonly ord?: number;
  /** Of which axes the elements make a vector. Default: all. */
  readonly axes?: Axes;
  /** The axes stay with extent 1. Default false. */
  readonly keepDims?: boolean;
}

const zeroWhere = (isZero: Tensor, f: (x: Tensor) => Tensor, x: Tensor): Tensor =>
  where(isZero, 0, f(where(isZero, 1, x)));

/** sqrt and powers with gradient 0 at 0. */
const powerOf = (x: Tensor, exponent: number): Tensor =>
  exponent > 0
    ? zeroWhere(eq(x, 0), (y) => (exponent === 0.5 ? sqrt(y) : pow(y, exponent)), x)
    : pow(x, exponent);

/** The norm of vectors, of the elements along axes: PyTorch's and JAX's `vector_norm`. The gradient at 0 is 0, as in PyTorch. */
export function vectorNorm(x: Tensor, options: VectorNormOptions = {}): Tensor {
  expectOptions("vectorNorm", options, ["ord", "axes", "keepDims"]);
  return ofVectors("vectorNorm", x, options);
}

/** In f32 where x has halves, as squares and sums are soon beyond these. */
const ofVectors = (op: string, x: Tensor, options: VectorNormOptions): Tensor =>
  inSingle(op, x, (y) => vectorsOf(op, y, options));

function vectorsOf(op: string, x: Tensor, { ord = 2, axes, keepDims = false }: VectorNormOptions): Tensor {
  if (typeof ord !== "number" || Number.isNaN(ord)) {
    throw new Error(`${op}: ord must be a number, of matrices "fro" or "nuc" too, got ${show(ord)}`);
  }
  const along = resolveAxes(op, axes, x.shape);
  const empty = along.find((axis) => x.shape[axis] === 0);
  if (empty !== undefined && (ord < 0 || ord === Number.POSITIVE_INFINITY)) {
    throw new Error(
      `${op}: nothing has a norm of order ${ord}, but axis ${empty} of x ${describe(x)} is empty`,
    );
  }
  const kept = { keepDims };
  if (ord === Number.POSITIVE_INFINITY) return max(abs(x), along, kept);
  if (ord === Number.NEGATIVE_INFINITY) return min(abs(x), along, kept);
  if (ord === 0) return sum(cast(ne(x, 0), x.dtype), along, kept);
  if (ord === 1) return sum(abs(x), along, kept);
  if (ord === 2) return powerOf(sum(mul(x, x), along, kept), 0.5);
  return powerOf(sum(powerOf(abs(x), ord), along, kept), 1 / ord);
}

/** How `matrixNorm` counts. */
export interface MatrixNormOptions {
  /** Default "fro". */
  readonly ord?: MatrixNorm;
  /** The axes of rows and columns. Default [-2, -1]. */
  readonly axes?: readonly [number, number];
  /** The axes stay with extent 1. Default false. */
  readonly keepDims?: boolean;
}

/** The norm of matrices: PyTorch's and JAX's `matrix_norm`. */
export function matrixNorm(x: Tensor, options: MatrixNormOptions = {}): Tensor {
  expectOptions("matrixNorm", options, ["ord", "axes", "keepDims"]);
  return ofMatrices("matrixNorm", x, options);
}

function ofMatrices(
  op: string,
  x: Tensor,
  { ord = "fro", axes = [-2, -1], keepDims = false }: MatrixNormOptions,
): Tensor {
  expectDType(op, "x", x, "float");
  if (!Array.isArray(axes) || axes.length !== 2) {
    throw new Error(
      `${op}: expected two axes, of rows and of columns, got axes ${show(axes)} of x ${describe(x)}`,
    );
  }
  const { row, column, others, matrices } = matrixAxes(op, x, axes, `axes ${show(axes)}`);
  if (ord === "fro") return ofVectors(op, x, { axes: [row, column], keepDims });
  const shape = keepDims
    ? x.shape.map((extent, axis) => (axis === row || axis === column ? 1 : extent))
    : others.map((axis) => x.shape[axis]!);
  return reshape(
    inSingle(op, matrices, (y) => ofLastAxes(op, y, ord)),
    shape,
  );
}

function ofLastAxes(op: string, x: Tensor, ord: Exclude<MatrixNorm, "fro">): Tensor {
  const [m, n] = extentsOf(x);
  if (ord !== "nuc" && (m === 0 || n === 0)) {
    throw new Error(`${op}: an empty matrix has no norm of order ${show(ord)}, got ${describe(x)}`);
  }
  switch (ord) {
    case "nuc":
      return sum(svd(x).s, -1);
    case 2:
      return max(svd(x).s, -1);
    case -2:
      return min(svd(x).s, -1);
    case 1:
      return max(sum(abs(x), -2), -1);
    case -1:
      return min(sum(abs(x), -2), -1);
    case Number.POSITIVE_INFINITY:
      return max(sum(abs(x), -1), -1);
    case Number.NEGATIVE_INFINITY:
      return min(sum(abs(x), -1), -1);
    default:
      throw new Error(
        `${op}: ord of a matrix must be "fro", "nuc", 1, -1, 2, -2, Infinity or -Infinity, got ${show(ord)}`,
      );
  }
}

/** How `norm` counts. */
export interface NormOptions {
  /** As `vectorNorm` has it, or `matrixNorm`. */
  readonly ord?: number | MatrixNorm;
  /** One axis for vectors, two for matrices. Default: all, and without `ord` of one vector of all elements. */
  readonly axes?: Axes;
  /** The axes stay with extent 1. Default false. */
  readonly keepDims?: boolean;
}

/** Of vectors, of matrices where there are two axes: PyTorch's, NumPy's and JAX's `norm`. Without `ord` it is the root of the sum of squares. */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  expectOptions("norm", options, ["ord", "axes", "keepDims"]);
  expectDType("norm", "x", x, "float");
  const { ord, axes, keepDims = false } = options;
  const along = axes ?? [...x.shape.keys()];
  if (ord !== undefined && Array.isArray(along) && along.length === 2) {
    // Looked at there.
    return ofMatrices("norm", x, {
      ord: ord as MatrixNorm,
      axes: along as unknown as readonly [number, number],
      keepDims,
    });
  }
  if (ord !== undefined && Array.isArray(along) && along.length > 2) {
    throw new Error(
      `norm: ord ${show(ord)} is for vectors and matrices; name one or two axes of x ${describe(x)}`,
    );
  }
  return ofVectors("norm", x, { ord: ord as number, axes: along, keepDims });
}
