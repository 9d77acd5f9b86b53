import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { Group } from "../../fusion/group.js";
import { usedResults } from "../../fusion/usedResults.js";
import type { ProgramStep } from "../kernels/step.js";
import { gated } from "./gated.js";
import type { LowerOptions } from "./lower.js";
import type { Resources } from "./resources.js";
import { splice } from "./splice.js";

/** The commands of all branches one after the other, of which those of one run. They leave their results in the same places. */
export function lowerCond(
  group: Group & { readonly kind: "program" },
  graph: Graph,
  resources: Resources,
  { lowerBody }: Pick<LowerOptions, "lowerBody">,
): ProgramStep[] {
  const { inputs, params } = graph.nodes[group.program] as GraphNode & { readonly op: "cond" };
  const [index, ...operands] = inputs;
  const kept = [...usedResults(group.outputs, graph).keys()];
  const branches = params.branches.map((branch) => {
    const wanted = { ...branch, outputs: kept.map((k) => branch.outputs[k]!) };
    return splice(lowerBody(wanted), resources, {
      operand: (k) => resources.of(operands[k]!),
      result: (k) => resources.of(group.outputs[k]!),
    }).steps;
  });
  const { open, branches: waiting } = gated(resources.of(index!), branches, resources);
  return [open, ...waiting.flat()];
}
