import type { Graph, GraphNode } from "../../primitives/graph.js";
import { type Shape, sameShape, sizeOf } from "../../shape.js";
import { isReduction, isSqueeze } from "./nodeKinds.js";

/** Kernels that can be joined. */
type Kind = "elementwise" | "reduce";

/** Kernels of fewer elements cost what a dispatch costs: a GPU passes over so many in a microsecond. */
const [small, smallOnGpu] = [4096, 2 ** 18];

/** The shape over which a kernel that computes the node iterates. */
const iterationOf = (kind: Kind, node: GraphNode, { nodes }: Graph): Shape =>
  kind === "reduce" ? nodes[node.inputs[0]!]!.shape : node.shape;

/** Whether kernels that compute the nodes iterate alike. */
export function sameIteration(kind: Kind, a: GraphNode, b: GraphNode, graph: Graph): boolean {
  if (kind === "elementwise") return isSqueeze(a.shape, b.shape);
  if (!isReduction(a) || !isReduction(b)) return false;
  return (
    sameShape(a.params.axes, b.params.axes) &&
    sameShape(iterationOf(kind, a, graph), iterationOf(kind, b, graph))
  );
}

/** Whether kernels like that which computes the node are joined whether or not they read the same values. */
export function isSmall(kind: Kind, node: GraphNode, graph: Graph, gpu: boolean): boolean {
  if (kind === "reduce" && !gpu) return false;
  return sizeOf(iterationOf(kind, node, graph)) <= (gpu ? smallOnGpu : small);
}
