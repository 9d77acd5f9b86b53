import type { Graph } from "../../primitives/graph.js";
import type { Aval } from "../../shape.js";

/** What a graph returns. */
export const outputsOf = ({ nodes, outputs }: Graph): Aval[] => outputs.map((output) => nodes[output]!);
