import type { Graph } from "../../primitives/graph.js";
import { chooseStored } from "./chooseStored.js";
import { formGroups } from "./formGroups.js";
import type { Group } from "./group.js";
import { joinEpilogues } from "./joinEpilogues.js";
import { joinSiblings } from "./joinSiblings.js";
import { isAlias } from "./nodeKinds.js";
import type { FusionTarget } from "./target.js";

export interface Fused {
  /** The graph, with an `identity` before each output that would otherwise share its memory. */
  readonly graph: Graph;
  /** In order of execution. */
  readonly groups: readonly Group[];
  /** Per node: the node whose buffer holds its value, or undefined where it only exists inside kernels. */
  readonly home: readonly (number | undefined)[];
  /** The nodes that are stacked, and the node that holds the number of the turn. */
  readonly stacked: ReadonlyMap<number, number>;
}

/** What the graph of a loop's body is, beside a graph. */
export interface Body {
  /** The input that holds the number of the turn. */
  readonly turn: number;
  /** The outputs from this one on are stacked: elements of a first axis, one per turn. */
  readonly stackedFrom: number;
}

export interface FuseOptions {
  readonly target: FusionTarget;
  /** Off: every operation that computes something gets a kernel of its own. */
  readonly enabled: boolean;
  /** Off: contractions store what they are, and what uses it gets a kernel of its own. */
  readonly epilogues: boolean;
  /** Per input of the graph: whether a kernel may write over its memory. */
  readonly donated: readonly boolean[];
  readonly body?: Body | undefined;
}

/**
 * Decides which values live in memory and which only inside kernels, and which kernels there are.
 *
 * A value is kept in memory when something needs it as a whole (a contraction, a reshape, an output), or when computing it
 * again where it is used would cost more than reading it: it has several users and reads several values; a broadcast repeats
 * it; or several shifted views of it are taken. Everything else is computed where it is used.
 */
export function fuse(source: Graph, options: FuseOptions): Fused {
  const { target, enabled, epilogues, donated, body } = options;
  const { maxBuffers, gpu } = target;
  const graph = separateOutputs(source, body);
  const stored = chooseStored(graph, enabled, maxBuffers - 1);
  const home: (number | undefined)[] = [];
  graph.nodes.forEach((node, id) => {
    if (!stored[id]) home.push(undefined);
    else home.push(isAlias(node) ? home[node.inputs[0]!] : id);
  });
  const formed = formGroups(graph, home, target, enabled);
  const groups = enabled && epilogues ? joinEpilogues(formed, graph, home, maxBuffers) : formed;
  const siblings = { maxBuffers, gpu, donated };
  return {
    graph,
    groups: enabled ? joinSiblings(groups, graph, home, siblings) : groups,
    home,
    stacked: new Map(
      graph.outputs
        .slice(body?.stackedFrom ?? graph.outputs.length)
        .map((output) => [output, graph.inputs[body!.turn]!]),
    ),
  };
}

/**
 * Inserts an identity where an output is an input, or shares its memory with another output, or is stacked: others do not find it there. Its kernel reads the number of the
 * turn too, as its second operand says.
 */
function separateOutputs(graph: Graph, body: Body | undefined): Graph {
  const nodes = [...graph.nodes];
  const rootOf = (id: number): number => {
    const node = nodes[id]!;
    return isAlias(node) ? rootOf(node.inputs[0]!) : id;
  };
  const claimed = new Set<number>(graph.inputs);
  const outputs = graph.outputs.map((output, k) => {
    const root = rootOf(output);
    const isStacked = body !== undefined && k >= body.stackedFrom;
    if (!isStacked && !claimed.has(root)) {
      claimed.add(root);
      return output;
    }
    const { shape, dtype } = nodes[output]!;
    const inputs = isStacked ? [output, graph.inputs[body.turn]!] : [output];
    return nodes.push({ op: "identity", inputs, params: {}, shape, dtype }) - 1;
  });
  return { nodes, inputs: graph.inputs, outputs };
}
