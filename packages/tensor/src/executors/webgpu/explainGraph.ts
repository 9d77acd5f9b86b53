import type { CompilerOptions } from "../../executor.js";
import { printGraph } from "../../graph/printGraph.js";
import type { Graph } from "../../primitives/graph.js";
import { compileGraph } from "./compileGraph.js";
import type { Device } from "./device.js";
import { printGroups, printPlan, printSteps } from "./passes/print.js";

/** What a graph is made into, as text: itself simplified, the kernels it is fused into, the commands, and the memory plan. */
export function explainGraph(
  graph: Graph,
  device: Device,
  donated: readonly boolean[],
  options: CompilerOptions,
): string {
  const { fused, lowered, plan } = compileGraph(graph, device, donated, options);
  return [
    `graph, ${graph.nodes.length} operations as traced\n${printGraph(fused.graph)}`,
    `${fused.groups.length} kernels\n${printGroups(fused)}`,
    `${lowered.steps.length} commands on ${device.name}\n${printSteps(lowered, plan)}`,
    `memory\n${printPlan(plan)}`,
  ].join("\n\n");
}
