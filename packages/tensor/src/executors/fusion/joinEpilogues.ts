import type { Graph } from "../../primitives/graph.js";
import type { Group } from "./group.js";
import { isReduction, isSqueeze } from "./nodeKinds.js";
import { readsOfGroup } from "./reads.js";

/**
 * Lets contractions compute what uses them, element by element: an elementwise group joins the last contraction that it reads, where that may wait for the group, or
 * where all else that the group reads is there before the contraction.
 */
export function joinEpilogues(
  groups: readonly Group[],
  graph: Graph,
  home: readonly (number | undefined)[],
  maxBuffers: number,
): Group[] {
  const joined: (Group | undefined)[] = [...groups];
  /** Per group: where it went. */
  const position = groups.map((_, g) => g);
  const groupOf = new Map<number, number>();
  const readers = new Map<number, Set<number>>();
  const reads = groups.map((group, g) => {
    for (const output of group.outputs) groupOf.set(output, g);
    const all = readsOfGroup(group, graph, home);
    for (const place of all.keys()) readers.set(place, (readers.get(place) ?? new Set()).add(g));
    return all;
  });
  const isOutput = new Set(graph.outputs.map((output) => home[output]!));

  groups.forEach((group, g) => {
    if (group.kind !== "elementwise" || group.outputs.some((id) => isReduction(graph.nodes[id]!))) return;
    const { shape } = graph.nodes[group.outputs[0]!]!;
    const products = [...reads[g]!].flatMap(([place, { sameElement }]) => {
      const contraction = groups[groupOf.get(place) ?? -1];
      const free =
        contraction?.kind === "contraction" && joined[position[groupOf.get(place)!]!] === contraction;
      return sameElement && free && isSqueeze(graph.nodes[place]!.shape, shape) ? [place] : [];
    });
    const product = products.sort((a, b) => position[groupOf.get(b)!]! - position[groupOf.get(a)!]!)[0];
    if (product === undefined) return;
    const contraction = groupOf.get(product)!;
    const others = [...readers.get(product)!].filter((reader) => reader !== g);
    const before = (place: number): boolean => {
      const producer = groupOf.get(place);
      return producer === undefined || position[producer]! < position[contraction]!;
    };
    const waits = others.every((reader) => position[reader]! > g);
    if (!waits && ![...reads[g]!.keys()].every((place) => place === product || before(place))) return;
    const isKept = others.length > 0 || isOutput.has(product);
    const outputs = isKept ? [product, ...group.outputs] : group.outputs;
    const buffers = new Set([...reads[g]!.keys(), ...outputs]);
    if (!isKept) buffers.delete(product);
    // Beside the operands of the contraction.
    if (buffers.size + 2 > maxBuffers) return;
    const target = waits ? g : position[contraction]!;
    joined[position[contraction]!] = undefined;
    joined[g] = undefined;
    joined[target] = { kind: "contraction", product, outputs };
    position[contraction] = target;
    position[g] = target;
  });
  return joined.filter((group) => group !== undefined);
}
