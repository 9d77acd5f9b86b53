import type { Graph, GraphNode } from "../../primitives/graph.js";

/** The results of a program that are used, by their numbers: the nodes that stand for them. */
export const usedResults = (outputs: readonly number[], { nodes }: Graph): ReadonlyMap<number, number> =>
  new Map(outputs.map((id) => [(nodes[id] as GraphNode & { readonly op: "result" }).params.index, id]));
