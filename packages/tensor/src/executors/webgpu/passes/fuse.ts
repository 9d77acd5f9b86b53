import type { Graph } from "../../../primitives/graph.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import { chooseStored } from "./chooseStored.js";
import { formGroups } from "./formGroups.js";
import type { Group } from "./group.js";
import { joinEpilogues } from "./joinEpilogues.js";
import { isAlias } from "./nodeKinds.js";

export interface Fused {
  /** The graph, with an `identity` before each output that would otherwise share its memory. */
  readonly graph: Graph;
  /** In order of execution. */
  readonly groups: readonly Group[];
  /** Per node: the node whose buffer holds its value, or undefined where it only exists inside kernels. */
  readonly home: readonly (number | undefined)[];
}

export interface FuseOptions {
  readonly traits: AdapterTraits;
  /** Off: every operation that computes something gets a kernel of its own. */
  readonly enabled: boolean;
  /** Off: contractions store what they are, and what uses it gets a kernel of its own. */
  readonly epilogues: boolean;
}

/**
 * Decides which values live in memory and which only inside kernels, and which kernels there are.
 *
 * A value is kept in memory when something needs it as a whole (a contraction, a reshape, an output), or when computing it
 * again where it is used would cost more than reading it: it has several users and reads several values; a broadcast repeats
 * it; or several shifted views of it are taken. Everything else is computed where it is used.
 */
export function fuse(source: Graph, options: FuseOptions): Fused {
  const { traits, enabled, epilogues } = options;
  const graph = separateOutputs(source);
  const maxBuffers = traits.limits.maxStorageBuffersPerShaderStage;
  const stored = chooseStored(graph, enabled, maxBuffers - 1);
  const home: (number | undefined)[] = [];
  graph.nodes.forEach((node, id) => {
    if (!stored[id]) home.push(undefined);
    else home.push(isAlias(node) ? home[node.inputs[0]!] : id);
  });
  const groups = formGroups(graph, home, traits, enabled);
  return {
    graph,
    groups: enabled && epilogues ? joinEpilogues(groups, graph, home, maxBuffers) : groups,
    home,
  };
}

/** Inserts an identity where an output is an input, or shares its memory with another output. */
function separateOutputs(graph: Graph): Graph {
  const nodes = [...graph.nodes];
  const rootOf = (id: number): number => {
    const node = nodes[id]!;
    return isAlias(node) ? rootOf(node.inputs[0]!) : id;
  };
  const claimed = new Set<number>(graph.inputs);
  const outputs = graph.outputs.map((output) => {
    const root = rootOf(output);
    if (!claimed.has(root)) {
      claimed.add(root);
      return output;
    }
    const { shape, dtype } = nodes[output]!;
    return nodes.push({ op: "identity", inputs: [output], params: {}, shape, dtype }) - 1;
  });
  return { nodes, inputs: graph.inputs, outputs };
}
