import type { Graph } from "../graph/graph.js";
import type { NodeOf } from "./contractionGeometry.js";
import type { LoweringContext, Step } from "./step.js";
export function lowerMatmulTiled(
  _node: NodeOf<"matmul">,
  _id: number,
  _graph: Graph,
  _context: LoweringContext,
): Step[] | undefined {
  return undefined;
}
