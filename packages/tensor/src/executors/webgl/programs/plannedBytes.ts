import type { CompilerOptions } from "../../../executor.js";
import { condResults } from "../../../primitives/cond.js";
import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { build } from "../webglProgram.js";
import { layoutsOf, totalBytes } from "./places.js";
import { scanPlaces } from "./scan.js";
import { whilePlaces } from "./whileLoop.js";

/** Bytes of a program's own textures, and of those that run inside it. */
export function plannedBytes(graph: Graph, options: CompilerOptions): number {
  const { fused, steps, plan } = build(graph, options);
  return steps.reduce(
    (sum, step) => sum + (step.kind === "program" ? innerBytes(fused.graph.nodes[step.node]!, options) : 0),
    plan.byteLength,
  );
}

/** As the programs of `innerProgram` have it. */
function innerBytes(node: GraphNode, options: CompilerOptions): number {
  const of = (...bodies: readonly Graph[]): number =>
    bodies.reduce((sum, body) => sum + plannedBytes(body, options), 0);
  switch (node.op) {
    case "scan":
      return of(node.params.body) + totalBytes(scanPlaces(node.params));
    case "cond":
      return of(...node.params.branches) + totalBytes(layoutsOf(condResults(node.params)));
    case "whileLoop":
      return of(node.params.condition, node.params.body) + totalBytes(layoutsOf(whilePlaces(node.params)));
    default:
      return 0;
  }
}
