import type { Graph } from "../../primitives/graph.js";
import type { Group } from "./group.js";
import { isReduction, kindOf } from "./nodeKinds.js";

/** The stored values that computing `id` reads, and whether each is only read at the element that is computed. */
export function readsOf(
  graph: Graph,
  home: readonly (number | undefined)[],
  id: number,
): Map<number, { readonly sameElement: boolean }> {
  const reads = new Map<number, { sameElement: boolean }>();
  const visited = new Set<number>();
  const visit = (node: number, sameElement: boolean): void => {
    const key = 2 * node + (sameElement ? 1 : 0);
    if (visited.has(key)) return;
    visited.add(key);
    const place = home[node];
    if (place !== undefined && node !== id) {
      const direct = sameElement && place === node;
      const known = reads.get(place);
      reads.set(place, { sameElement: direct && (known?.sameElement ?? true) });
      return;
    }
    const computed = graph.nodes[node]!;
    const kind = kindOf(computed);
    // A reshape that is not stored only moves axes of extent 1.
    const moves = kind === "view" || kind === "random" || kind === "reduction" || kind === "row";
    for (const operand of computed.inputs) visit(operand, sameElement && !moves);
  };
  visit(id, true);
  return reads;
}

/** The stored values that a group reads, and whether each is only read at the element that is computed. */
export function readsOfGroup(
  group: Group,
  graph: Graph,
  home: readonly (number | undefined)[],
): Map<number, { sameElement: boolean }> {
  const all = new Map<number, { sameElement: boolean }>();
  const own = new Set<number>(group.outputs);
  if (group.kind === "contraction" || group.kind === "program") {
    const whole = group.kind === "contraction" ? group.product : group.program;
    own.add(whole);
    // Every element of the result needs many of the operands.
    for (const place of readsOf(graph, home, whole).keys()) all.set(place, { sameElement: false });
  }
  if (group.kind === "program") return all;
  // A kernel of reductions computes what it needs of its own values again.
  const places = group.kind === "reduce" ? home.map((place) => (own.has(place!) ? undefined : place)) : home;
  for (const output of group.outputs) {
    // What is folded here was read by the kernel that left the parts.
    if (group.kind === "elementwise" && isReduction(graph.nodes[output]!)) continue;
    for (const [place, { sameElement }] of readsOf(graph, places, output)) {
      if (own.has(place)) continue;
      all.set(place, { sameElement: sameElement && (all.get(place)?.sameElement ?? true) });
    }
  }
  return all;
}
