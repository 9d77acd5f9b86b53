import type { Graph } from "../graph/graph.js";
import type { NodeOf } from "./contractionGeometry.js";
import type { LoweringContext, Step } from "./step.js";
export function lowerConv2dTiled(
  _node: NodeOf<"conv2d">,
  _id: number,
  _graph: Graph,
  _context: LoweringContext,
): Step[] | undefined {
  return undefined;
}
