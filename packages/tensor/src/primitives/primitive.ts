import type { Aval } from "../shape.js";
import type { Elementwise } from "./elementwiseRow.js";
import type { Graph } from "./graph.js";
import type { PrimitiveName, PrimitiveParams } from "./params.js";

/** A value of the float64 reference interpreter; integers and bools are exact numbers (bool as 0 or 1). */
export interface ReferenceValue extends Aval {
  readonly data: Float64Array;
}

/** What an operation does with its operands, for all who treat operations of a kind alike, such as fusion. */
export type PrimitiveKind =
  /** Computes each element from the operands' elements at the same place. */
  | "elementwise"
  /** Draws each element from a key and a counter. */
  | "random"
  /** Has no operands. */
  | "leaf"
  /** Folds the elements along axes, which stay with extent 1. */
  | "reduction"
  /** Multiplies and sums: every element of the result needs many of both operands. */
  | "contraction"
  /** Each element is one of an operand's, at a place that follows from its own, or zero. */
  | "view"
  /** The operand's elements in their row-major order, under another shape. */
  | "reshape"
  /** Every element of the result needs the whole row of the operand that it is in: its order, or its spectrum. */
  | "row"
  /** Adds up elements at places that another operand names. */
  | "scatter"
  /** The first operand; the rest is for differentiation and the schedule. */
  | "control"
  /** Runs a graph of its own. Its results have one place each, that of the `result` nodes which use it. */
  | "program"
  /** One of the results of a program. */
  | "result";

/** Computes the outputs of a graph in float64, given the values of its inputs. */
export type InterpretGraph = (graph: Graph, given: readonly Float64Array[]) => Float64Array[];

/**
 * What an operation is, apart from how it runs on a device (kernels/) and how it is differentiated (@clidim/autograd).
 */
export type Primitive<P extends PrimitiveName> = (
  | ({ readonly kind: "elementwise" } & Elementwise)
  | { readonly kind: Exclude<PrimitiveKind, "elementwise"> }
) & {
  /** Shape and dtype of the result; throws `<name>: expected, came, what to do`. */
  readonly infer: (inputs: readonly Aval[], params: PrimitiveParams[P]) => Aval;
  /**
   * The result by one plain loop in float64; `out` is what `infer` returned, `interpret` computes the graph of a program. May be an operand itself; never changes
   * one.
   */
  readonly reference: (
    inputs: readonly ReferenceValue[],
    params: PrimitiveParams[P],
    out: Aval,
    ...interpret: P extends "scan" | "cond" | "whileLoop" ? [InterpretGraph] : []
  ) => Float64Array;
};
