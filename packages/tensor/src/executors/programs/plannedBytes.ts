import { condResults } from "../../primitives/cond.js";
import type { Graph, GraphNode } from "../../primitives/graph.js";
import type { Aval } from "../../shape.js";
import { whilePlaces } from "./whilePlaces.js";

/** A program as it is planned: its steps, of which some run graphs inside it. */
export interface PlannedProgram {
  readonly fused: { readonly graph: Graph };
  readonly steps: readonly (
    | { readonly kind: "kernel" | "reference" }
    | { readonly kind: "program"; readonly node: number }
  )[];
  readonly plan: { readonly byteLength: number };
}

/** How an executor plans programs, and what memory it takes for those inside them. */
export interface Planning {
  build(graph: Graph): PlannedProgram;
  bytesOf(values: readonly Aval[]): number;
  /** Of a scan, beside its body. */
  scanBytes(params: (GraphNode & { readonly op: "scan" })["params"]): number;
}

/** Bytes of a program's own memory, and of those that run inside it. */
export function plannedBytes(graph: Graph, planning: Planning): number {
  const { fused, steps, plan } = planning.build(graph);
  return steps.reduce(
    (sum, step) => sum + (step.kind === "program" ? innerBytes(fused.graph.nodes[step.node]!, planning) : 0),
    plan.byteLength,
  );
}

function innerBytes(node: GraphNode, planning: Planning): number {
  const of = (...bodies: readonly Graph[]): number =>
    bodies.reduce((sum, body) => sum + plannedBytes(body, planning), 0);
  switch (node.op) {
    case "scan":
      return of(node.params.body) + planning.scanBytes(node.params);
    case "cond":
      return of(...node.params.branches) + planning.bytesOf(condResults(node.params));
    case "whileLoop":
      return of(node.params.condition, node.params.body) + planning.bytesOf(whilePlaces(node.params));
    default:
      return 0;
  }
}
