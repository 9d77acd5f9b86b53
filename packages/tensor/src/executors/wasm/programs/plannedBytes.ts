import type { CompilerOptions } from "../../../executor.js";
import { condResults } from "../../../primitives/cond.js";
import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { Aval } from "../../../shape.js";
import { bytesOf } from "../memoryPlan.js";
import { build } from "../wasmProgram.js";

/** Bytes of a program's own memory, and of those that run inside it. */
export function plannedBytes(graph: Graph, options: CompilerOptions): number {
  const { fused, steps, plan } = build(graph, options);
  const inner = steps.map((step) =>
    step.kind === "program" ? innerBytes(fused.graph.nodes[step.node]!, options) : 0,
  );
  return plan.byteLength + inner.reduce((sum, bytes) => sum + bytes, 0);
}

const total = (values: readonly Aval[]): number => values.reduce((sum, value) => sum + bytesOf(value), 0);
const outputsOf = ({ nodes, outputs }: Graph): Aval[] => outputs.map((output) => nodes[output]!);

/** As the programs of `innerProgram` have it. */
function innerBytes(node: GraphNode, options: CompilerOptions): number {
  switch (node.op) {
    case "scan":
      return plannedBytes(node.params.body, options) + scanBytes(node.params);
    case "cond":
      return (
        total(condResults(node.params)) +
        node.params.branches.reduce((sum, branch) => sum + plannedBytes(branch, options), 0)
      );
    case "whileLoop": {
      const { condition, body } = node.params;
      const verdict: Aval = { shape: [], dtype: "bool" };
      return (
        plannedBytes(condition, options) +
        plannedBytes(body, options) +
        2 * total(outputsOf(body)) +
        bytesOf(verdict)
      );
    }
    default:
      return 0;
  }
}

function scanBytes({ body, carries }: (GraphNode & { readonly op: "scan" })["params"]): number {
  const outputs = outputsOf(body);
  return total(outputs) + total(outputs.slice(0, carries));
}
