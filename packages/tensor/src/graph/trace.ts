import type { Graph, GraphNode } from "../primitives/graph.js";
import type { Tensor } from "../tensor.js";
import { reach } from "./reach.js";

export interface Traced {
  readonly graph: Graph;
  /** The tensors behind `graph.inputs`, in that order: the arguments, then what the graph closes over. */
  readonly leaves: readonly Tensor[];
}

/** The graph behind `outputs` as plain data. The given arguments come first among its inputs, used or not, however they were computed. */
export function trace(outputs: readonly Tensor[], args: readonly Tensor[] = []): Traced {
  const isArgument = new Set(args);
  const ordered = reach([...args, ...outputs], (tensor) =>
    isArgument.has(tensor) ? [] : tensor.definition.inputs,
  );
  const index = new Map(ordered.map((tensor, position) => [tensor, position]));
  const nodes = ordered.map((tensor): GraphNode => {
    const { shape, dtype } = tensor;
    if (isArgument.has(tensor)) return { op: "input", params: {}, inputs: [], shape, dtype };
    const { op, params, inputs } = tensor.definition;
    // Op and params come from one definition; the union member cannot be rebuilt without saying so.
    return { op, params, inputs: inputs.map((t) => index.get(t)!), shape, dtype } as GraphNode;
  });
  const closedOver = ordered.filter((t) => t.definition.op === "input" && !isArgument.has(t));
  const leaves = [...args, ...closedOver];
  return {
    graph: { nodes, inputs: leaves.map((t) => index.get(t)!), outputs: outputs.map((t) => index.get(t)!) },
    leaves,
  };
}
