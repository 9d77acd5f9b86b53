import type { Tensor } from "@clidim/tensor";
import { prune } from "@clidim/tensor/graph";
import { interpretGraph } from "@clidim/tensor/reference";
import type { SampledGraph } from "./sampledGraph.js";

/** What of a graph is known before it runs. */
export interface StaticValues {
  /** Nodes whose value depends on no input of the model, nor on its size. */
  readonly isStatic: (id: number) => boolean;
  /** The value, row-major, of each that something else needs. */
  readonly values: ReadonlyMap<number, Float64Array>;
}

/** Computes, in float64, what depends on parameters alone: weights that a layer reshapes or scales stand in the file as they are used. */
export async function staticValues(
  graph: SampledGraph,
  given: ReadonlyMap<number, Tensor>,
): Promise<StaticValues> {
  const { nodes, outputs } = graph.first;
  const known: boolean[] = [];
  nodes.forEach(({ op, inputs }, id) => {
    known.push(
      graph.isConstant(id) && (op === "input" ? given.has(id) : inputs.every((operand) => known[operand])),
    );
  });
  const needed = new Set<number>();
  const need = (id: number): void => {
    // What is stretched, or the same everywhere, is kept as it is before.
    if (nodes[id]!.op === "broadcast") need(nodes[id]!.inputs[0]!);
    else if (known[id] && nodes[id]!.op !== "full") needed.add(id);
  };
  nodes.forEach(({ op, inputs }, id) => {
    if (!known[id] && op !== "broadcast") inputs.forEach(need);
  });
  outputs.forEach(need);
  const wanted = [...needed].sort((a, b) => a - b);
  const part = prune({ nodes, inputs: [...given.keys()], outputs: wanted });
  const leaves = await Promise.all(
    [...given.values()].map(async (leaf) => Float64Array.from(await hostData(leaf))),
  );
  const results = interpretGraph(part, leaves);
  return {
    isStatic: (id) => known[id]!,
    values: new Map(wanted.map((id, i) => [id, results[i]!])),
  };
}

/** Weights that were read from a file are on the host as they are: no device is opened for these. */
const hostData = (tensor: Tensor): Promise<ArrayLike<number>> | ArrayLike<number> =>
  tensor.definition.op === "constant" ? tensor.definition.params.data : tensor.data();
