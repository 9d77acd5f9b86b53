import type { DType } from "../dtype.js";

/** What an operation costs beside reading an element of memory: a transcendental function takes about a third of that, any other next to nothing. */
export type ElementwiseCost = "simple" | "transcendental";

/** What kernels know of an operation that computes each element from the operands' elements at the same place. */
export interface Elementwise {
  readonly cost: ElementwiseCost;
  /** Whether its WGSL is the same for vectors; if not, it is computed component by component. */
  readonly vectors: boolean;
}

/**
 * One row per elementwise primitive: the WGSL expression over already computed scalars, and the float64 function of
 * the reference interpreter. The derivative of each row stands in @clidim/autograd.
 *
 * What WGSL has no function for, or none that is exact enough, the expression calls from a file of `shaders` (`wgslFunctions` has them).
 *
 * On values: WGSL lets an implementation assume that no NaN and no infinity occurs. Rows that decide by comparing look at the bits, so that none
 * hides a NaN. Rows keep finite inputs of sensible size finite (tanh saturates instead of overflowing).
 */
export interface UnaryRow extends Elementwise {
  readonly wgsl: (x: string, dtype: DType) => string;
  readonly reference: (x: number, dtype: DType) => number;
  /** Operand dtypes accepted. */
  readonly accepts: "float" | "numeric" | "bool" | "integer or bool";
  /** That of the operand, unless it is a bool. */
  readonly result?: "bool";
}

export interface BinaryRow extends Elementwise {
  readonly wgsl: (a: string, b: string, dtype: DType) => string;
  readonly reference: (a: number, b: number, dtype: DType) => number;
  readonly accepts: "float" | "numeric" | "any" | "integer" | "integer or bool";
  /** "same" as the operands, or a comparison's bool. */
  readonly result: "same" | "bool";
}
