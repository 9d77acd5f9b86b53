import type { Graph } from "../primitives/graph.js";
import { primitives } from "../primitives/index.js";
import type { Tensor } from "../tensor.js";
import { reach } from "./reach.js";
import { trace } from "./trace.js";

/** A function of placeholders as a graph that stands alone. */
export interface ClosedGraph {
  /** Its inputs: what stands for `captured`, then the placeholders. */
  readonly graph: Graph;
  /** What the function computes without its arguments, or has from outside. */
  readonly captured: readonly Tensor[];
}

/**
 * What computes `outputs` from `placeholders`, which may be tensors of any kind; nothing that was made before the first of them depends on one. What does not depend on them is computed outside, once, but for
 * literals, and for what only repeats elements or names their axes anew, which costs nothing inside.
 */
export function closeOver(outputs: readonly Tensor[], placeholders: readonly Tensor[]): ClosedGraph {
  const oldest = Math.min(...placeholders.map(({ id }) => id));
  const isNew = ({ id }: Tensor): boolean => id >= oldest;
  const isPlaceholder = new Set(placeholders);
  const dependent = new Set(placeholders);
  const staysInside = (tensor: Tensor): boolean => dependent.has(tensor) || isCheap(tensor);
  const companions = new Set<Tensor>();
  const operandsOf = (tensor: Tensor): readonly Tensor[] => {
    if (!isNew(tensor) || isPlaceholder.has(tensor)) return [];
    const others = resultsOfCall(tensor);
    for (const other of others) companions.add(other);
    return [...tensor.definition.inputs, ...others];
  };
  // Operands come before results.
  for (const tensor of reach(outputs, operandsOf)) {
    if (tensor.definition.inputs.some((input) => dependent.has(input))) dependent.add(tensor);
  }
  const all = [...outputs, ...[...companions].filter((other) => dependent.has(other))];
  const captured = reach(all, (tensor) =>
    staysInside(tensor) && !isPlaceholder.has(tensor) ? tensor.definition.inputs : [],
  ).filter((tensor) => !staysInside(tensor));
  const { graph } = trace(all, [...captured, ...placeholders]);
  return { graph: { ...graph, outputs: graph.outputs.slice(0, outputs.length) }, captured };
}

/** The nodes of the custom call that a tensor belongs to, which are copied together. */
function resultsOfCall({ definition }: Tensor): readonly Tensor[] {
  if (definition.op !== "customVjp" || !definition.params.backward) return [];
  // Who makes such a call lists its nodes there.
  return definition.params.backward.results as readonly Tensor[];
}

function isCheap({ definition: { op } }: Tensor): boolean {
  const { kind } = primitives[op];
  return op === "full" || op === "iota" || op === "broadcast" || kind === "reshape";
}
