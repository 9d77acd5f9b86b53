import type { Graph, GraphNode } from "../primitives/graph.js";

/** The graphs that a node runs, in the order in which it does. */
export function graphsOf({ op, params }: GraphNode): readonly Graph[] {
  switch (op) {
    case "scan":
      return [params.body];
    case "cond":
      return params.branches;
    case "whileLoop":
      return [params.condition, params.body];
    default:
      return [];
  }
}
