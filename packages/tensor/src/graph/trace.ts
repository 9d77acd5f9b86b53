import type { Tensor } from "../tensor.js";
import type { Graph, GraphNode } from "./graph.js";

/** A graph past this size was most likely never evaluated inside a loop. */
const maxNodes = 200_000;

export interface Traced {
  readonly graph: Graph;
  /** The tensors behind `graph.inputs`, in that order: the arguments, then what the graph closes over. */
  readonly leaves: readonly Tensor[];
}

/** Every tensor that `outputs` are computed from, the arguments included, operands before results. */
export function reach(outputs: readonly Tensor[], args: readonly Tensor[] = []): Tensor[] {
  const reached = new Set<Tensor>(args);
  const stack = [...outputs];
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    if (reached.has(tensor)) continue;
    reached.add(tensor);
    if (reached.size > maxNodes) {
      throw new Error(
        `evaluate: the graph has more than ${maxNodes} operations; a loop that never evaluates its state grows it without ` +
          "end. Use compile for the loop's body, or evaluate the state once per iteration",
      );
    }
    stack.push(...tensor.definition.inputs);
  }
  return [...reached].sort((a, b) => a.id - b.id);
}

/** The graph behind `outputs` as plain data. The given arguments come first among its inputs, used or not. */
export function trace(outputs: readonly Tensor[], args: readonly Tensor[] = []): Traced {
  const ordered = reach(outputs, args);
  const index = new Map(ordered.map((tensor, position) => [tensor, position]));
  const nodes = ordered.map((tensor) => {
    const { op, params, inputs } = tensor.definition;
    // Op and params come from one definition; the union member cannot be rebuilt without saying so.
    return {
      op,
      params,
      inputs: inputs.map((t) => index.get(t)!),
      shape: tensor.shape,
      dtype: tensor.dtype,
    } as GraphNode;
  });
  const isArgument = new Set(args);
  const leaves = [...args, ...ordered.filter((t) => t.definition.op === "input" && !isArgument.has(t))];
  return {
    graph: { nodes, inputs: leaves.map((t) => index.get(t)!), outputs: outputs.map((t) => index.get(t)!) },
    leaves,
  };
}
