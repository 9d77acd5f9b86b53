import type { GraphNode } from "../../primitives/graph.js";

/** The reductions, which kernels fold alike. */
export type ReductionName = "sum" | "max" | "prod";

export type Reduction = GraphNode & { readonly op: ReductionName };

/** The parts of a reduction have no node of their own; as a binding they go by a number below zero. */
export const partsBinding = (reduction: number): number => -1 - reduction;
