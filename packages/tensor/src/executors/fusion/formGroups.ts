import type { Graph, GraphNode } from "../../primitives/graph.js";
import { sameShape, sizeOf } from "../../shape.js";
import { canFollow } from "./canFollow.js";
import type { Group } from "./group.js";
import { isOfRows, isReduction, isSqueeze, readsWhole } from "./nodeKinds.js";
import { readsOf } from "./reads.js";
import { partsBinding, type Reduction } from "./reduction.js";
import { isSmall, sameIteration } from "./sameIteration.js";
import type { FusionTarget } from "./target.js";

/**
 * The kernels that compute what is stored, in order of execution; what has no elements needs none. Values join a group that iterates over the same elements, if it may run late enough and reads what they
 * read; not `enabled`, each has a group of its own.
 */
export function formGroups(
  graph: Graph,
  home: readonly (number | undefined)[],
  { maxBuffers, gpu, sharesOf }: FusionTarget,
  enabled: boolean,
): Group[] {
  const groups: Group[] = [];
  const groupOf = new Map<number, number>();
  /** Per elementwise group: every buffer that it reads or writes. */
  const buffers: Set<number>[] = [];

  graph.nodes.forEach((node, id) => {
    if (home[id] !== id || node.op === "input" || sizeOf(node.shape) === 0) return;
    if (node.op === "result") {
      groupOf.set(id, groupOfProgram(node.inputs[0]!, id));
      return;
    }
    const reads = readsOf(graph, home, id);
    let earliest = 0;
    for (const [read, { sameElement }] of reads) {
      const producer = groupOf.get(read);
      if (producer === undefined) continue;
      const joins = sameElement && !readsWhole(node) && !isReduction(node);
      earliest = Math.max(earliest, joins ? producer : producer + 1);
    }
    if (readsWhole(node)) {
      const group: Group = isOfRows(node)
        ? { kind: "rows", outputs: [id] }
        : { kind: "contraction", product: id, outputs: [id] };
      groupOf.set(id, groups.push(group) - 1);
      buffers.push(new Set());
      return;
    }
    const read = [...reads.keys()];
    const stage = joinStages(earliest, id, read) ?? joinStages(earliest - 1, id, read);
    if (stage !== undefined) {
      groupOf.set(id, stage);
      return;
    }
    if (!isReduction(node)) {
      groupOf.set(id, join("elementwise", earliest, id, read));
      return;
    }
    const reducing = join("reduce", earliest, id, read);
    groupOf.set(id, inParts(node) ? join("elementwise", reducing + 1, id, [partsBinding(id)]) : reducing);
  });
  return groups;

  /** Whether the kernel of a reduction leaves it in parts. */
  function inParts(node: Reduction): boolean {
    return sharesOf(node, graph.nodes[node.inputs[0]!]!.shape).parts > 1;
  }

  /** Whether a workgroup adds up whole outputs of a kernel of reductions, so that the kernel can go on with them. */
  function hasWhole({ kind, outputs }: Group): boolean {
    const first = graph.nodes[outputs[0]!]!;
    if (!gpu || kind !== "reduce" || !isReduction(first)) return false;
    const { parts, lanes } = sharesOf(first, graph.nodes[first.inputs[0]!]!.shape);
    return parts === 1 && lanes > 1;
  }

  /** Adds what needs the results of a kernel of reductions to it, as its next stage: reductions of as many terms, and values of their shape. Returns the position of the kernel if so. */
  function joinStages(position: number, id: number, reads: readonly number[]): number | undefined {
    const group = groups[position];
    if (!enabled || !group || !hasWhole(group)) return undefined;
    const { outputs } = group;
    const node = graph.nodes[id]!;
    const first = graph.nodes[outputs[0]!]!;
    const { shape } = graph.nodes[first.inputs[0]!]!;
    const alike = isReduction(node)
      ? sameIteration("reduce", first, node, graph)
      : sameShape(shape, node.shape);
    const union = new Set([...buffers[position]!, ...reads, id]);
    if (!alike || union.size > maxBuffers || !reads.some((read) => outputs.includes(read))) return undefined;
    if (!canFollow(id, outputs, graph, home)) return undefined;
    // What it reads beside must be there when that kernel begins: a value that it takes at its own element may come from the kernel after it.
    if (reads.some((read) => !outputs.includes(read) && (groupOf.get(read) ?? -1) >= position))
      return undefined;
    (outputs as number[]).push(id);
    buffers[position] = union;
    return position;
  }

  /** The group of a program, which gets one more result. */
  function groupOfProgram(program: number, result: number): number {
    const known = groups.findIndex((group) => group.kind === "program" && group.program === program);
    if (known >= 0) {
      (groups[known]!.outputs as number[]).push(result);
      return known;
    }
    buffers.push(new Set());
    // What it reads is computed by groups that there are already.
    return groups.push({ kind: "program", program, outputs: [result] }) - 1;
  }

  /** Adds a node to a group that runs as early as `earliest` or later, a new one if need be, and returns its position. */
  function join(
    kind: "elementwise" | "reduce",
    earliest: number,
    id: number,
    reads: readonly number[],
  ): number {
    const node = graph.nodes[id]!;
    let position = enabled ? findGroup(kind, earliest, node, new Set([...reads, id])) : undefined;
    if (position === undefined) {
      position = groups.push({ kind, outputs: [id] }) - 1;
      buffers.push(new Set());
    } else {
      (groups[position]!.outputs as number[]).push(id);
    }
    for (const buffer of [...reads, id]) buffers[position]!.add(buffer);
    return position;
  }

  function findGroup(
    kind: "elementwise" | "reduce",
    earliest: number,
    node: GraphNode,
    touched: ReadonlySet<number>,
  ): number | undefined {
    const fits = (group: Group): boolean =>
      group.kind === kind
        ? sameIteration(kind, graph.nodes[group.outputs[0]!]!, node, graph)
        : kind === "elementwise" &&
          !isReduction(node) &&
          hasWhole(group) &&
          isSqueeze(graph.nodes[group.outputs[0]!]!.shape, node.shape);
    for (let g = groups.length - 1; g >= earliest; g--) {
      if (!fits(groups[g]!)) continue;
      const union = new Set([...buffers[g]!, ...touched]);
      const shared = union.size < buffers[g]!.size + touched.size;
      if (union.size <= maxBuffers && (shared || isSmall(kind, node, graph, false))) return g;
    }
    return undefined;
  }
}
