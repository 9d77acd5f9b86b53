import type { Graph } from "../primitives/graph.js";
import { primitives } from "../primitives/index.js";
import type { Tensor } from "../tensor.js";
import { reach } from "./reach.js";
import { trace } from "./trace.js";

/** What a function made of placeholders, which may be tensors of any kind. */
export interface PlaceholderFunction {
  readonly outputs: readonly Tensor[];
  readonly placeholders: readonly Tensor[];
}

/** A function of placeholders as a graph that stands alone. */
export interface ClosedGraph {
  /** Its inputs: what stands for `captured`, then the placeholders. */
  readonly graph: Graph;
  /** What the function computes without its arguments, or has from outside. */
  readonly captured: readonly Tensor[];
}

/** Functions of placeholders as graphs that have the same inputs: what stands for `captured`, then the placeholders of each. */
export interface ClosedGraphs {
  readonly graphs: readonly Graph[];
  readonly captured: readonly Tensor[];
}

/**
 * What computes `outputs` from `placeholders`; nothing that was made before the first of them depends on one. What does not depend on them is computed outside, once, but for
 * literals, and for what only repeats elements or names their axes anew, which costs nothing inside.
 */
export function closeOver(outputs: readonly Tensor[], placeholders: readonly Tensor[]): ClosedGraph {
  const { graphs, captured } = closeTogether([{ outputs, placeholders }]);
  return { graph: graphs[0]!, captured };
}

/** The same of several functions, whose graphs close over the same. */
export function closeTogether(functions: readonly PlaceholderFunction[]): ClosedGraphs {
  return close(functions, ({ outputs, placeholders }) => {
    const oldest = Math.min(...placeholders.map(({ id }) => id));
    const dependent = new Set(placeholders);
    // Operands come before results.
    const reached = reach(outputs, (tensor) =>
      tensor.id < oldest || dependent.has(tensor)
        ? []
        : [...tensor.definition.inputs, ...resultsOfCall(tensor)],
    );
    for (const tensor of reached) {
      if (tensor.definition.inputs.some((input) => dependent.has(input))) dependent.add(tensor);
    }
    return (tensor) => dependent.has(tensor) || isCheap(tensor);
  });
}

/**
 * The same of functions of which one alone will run. Everything that is younger than `mark` is computed inside, what does not depend on the placeholders too: outside, a function that is not wanted would be
 * computed, and its NaN be part of a gradient.
 */
export const closeBranches = (functions: readonly PlaceholderFunction[], mark: number): ClosedGraphs =>
  close(
    functions,
    () =>
      ({ id, definition: { op } }) =>
        op === "full" || op === "iota" || (id > mark && op !== "constant" && op !== "input"),
  );

/** `insideOf` says for each function what is computed inside of it, apart from the placeholders. */
function close(
  functions: readonly PlaceholderFunction[],
  insideOf: (of: PlaceholderFunction) => (tensor: Tensor) => boolean,
): ClosedGraphs {
  const captured = new Set<Tensor>();
  const wholes = functions.map((of) => {
    const isInside = insideOf(of);
    const isPlaceholder = new Set(of.placeholders);
    const companions = new Set<Tensor>();
    const reached = reach(of.outputs, (tensor) => {
      if (isPlaceholder.has(tensor) || !isInside(tensor)) return [];
      const others = resultsOfCall(tensor).filter(isInside);
      for (const other of others) companions.add(other);
      return [...tensor.definition.inputs, ...others];
    });
    for (const tensor of reached) {
      if (!isPlaceholder.has(tensor) && !isInside(tensor)) captured.add(tensor);
    }
    return [...of.outputs, ...companions];
  });
  const graphs = functions.map(({ outputs, placeholders }, k) => {
    const { graph } = trace(wholes[k]!, [...captured, ...placeholders]);
    return { ...graph, outputs: graph.outputs.slice(0, outputs.length) };
  });
  return { graphs, captured: [...captured] };
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
