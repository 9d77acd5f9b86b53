import type { DType } from "../dtype.js";
import type { Shape } from "../shape.js";
import type { PrimitiveName, PrimitiveParams } from "./params.js";

/** One operation of a graph; operands are indices of earlier nodes. */
export type GraphNode = {
  readonly [P in PrimitiveName]: {
    readonly op: P;
    readonly inputs: readonly number[];
    readonly params: PrimitiveParams[P];
    readonly shape: Shape;
    readonly dtype: DType;
  };
}[PrimitiveName];

/** Plain data: what the passes read and write. Nodes are in topological order. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** The nodes with op "input", in the order of the program's arguments. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}
