import type { GraphNode } from "./graph.js";
import { primitives } from "./index.js";
import type { InterpretGraph, ReferenceValue } from "./primitive.js";

/** The value of a node by its primitive's reference, given those of its operands; `interpret` computes the graph of a program. */
export function referenceOf(
  node: GraphNode,
  inputs: readonly ReferenceValue[],
  interpret?: InterpretGraph,
): Float64Array {
  // The name selects the primitive that the parameters belong to; TypeScript cannot correlate the two across a union.
  const reference = primitives[node.op].reference as (
    inputs: readonly ReferenceValue[],
    params: GraphNode["params"],
    out: GraphNode,
    interpret: InterpretGraph | undefined,
  ) => Float64Array;
  return reference(inputs, node.params, node, interpret);
}
