import type { Graph } from "../../primitives/graph.js";
import type { Group } from "./group.js";
import { isReduction } from "./nodeKinds.js";
import { readsOfGroup } from "./reads.js";
import { partsBinding } from "./reduction.js";
import { isSmall, sameIteration } from "./sameIteration.js";

export interface SiblingOptions {
  readonly maxBuffers: number;
  /** Whether a GPU runs them. */
  readonly gpu: boolean;
  /** Per input of the graph: whether an output may take over its memory. */
  readonly donated: readonly boolean[];
}

/** A group with the values that it reads, those of reductions in parts as `partsBinding`, and whether only at the element that is computed; and what it leaves. */
interface Sibling {
  group: Group;
  reads: Map<number, boolean>;
  writes: Set<number>;
}

/**
 * Joins small kernels over the same elements, each of which costs what its dispatch costs: a kernel waits for a later one of its kind, where nothing in between needs what it computes. It does
 * not wait beyond the last that reads an argument of the program: whose memory that takes over.
 */
export function joinSiblings(
  groups: readonly Group[],
  graph: Graph,
  home: readonly (number | undefined)[],
  { maxBuffers, gpu, donated }: SiblingOptions,
): Group[] {
  const { nodes } = graph;
  const inParts = new Set(
    groups.flatMap(({ kind, outputs }) =>
      kind === "elementwise" ? outputs.filter((id) => isReduction(nodes[id]!)) : [],
    ),
  );
  const siblings: (Sibling | undefined)[] = groups.map((group) => {
    const reads = new Map<number, boolean>();
    for (const [place, { sameElement }] of readsOfGroup(group, graph, home)) reads.set(place, sameElement);
    const leaves = (id: number): number =>
      group.kind === "reduce" && inParts.has(id) ? partsBinding(id) : id;
    if (group.kind === "elementwise") {
      for (const id of group.outputs) if (inParts.has(id)) reads.set(partsBinding(id), true);
    }
    return { group, reads, writes: new Set(group.outputs.map(leaves)) };
  });
  /** Per value: the positions of the groups that read it. */
  const readers = new Map<number, Set<number>>();
  siblings.forEach((sibling, g) => {
    for (const place of sibling!.reads.keys()) readers.set(place, (readers.get(place) ?? new Set()).add(g));
  });
  /** The input that comes in where an output goes out, if its memory may be taken over; and the other way round. */
  const ownInput = new Map<number, number>();
  const ownOutput = new Map<number, number>();
  graph.outputs.forEach((output, k) => {
    if (!donated[k]) return;
    ownInput.set(home[output]!, graph.inputs[k]!);
    ownOutput.set(graph.inputs[k]!, home[output]!);
  });

  for (let g = siblings.length - 1; g >= 0; g--) {
    const sibling = siblings[g]!;
    const { kind, outputs } = sibling.group;
    if ((kind !== "elementwise" && kind !== "reduce") || !isSmall(kind, nodes[outputs[0]!]!, graph, gpu))
      continue;
    const needed = [...sibling.writes].flatMap((place) => [...(readers.get(place) ?? [])]);
    const taken = [...sibling.reads.keys()].filter(
      (place) => ownOutput.has(place) && !sibling.writes.has(ownOutput.get(place)!),
    );
    const takers = taken.map((place) => Math.max(...readers.get(place)!));
    const last = Math.min(siblings.length - 1, ...needed, ...takers);
    for (let h = g + 1; h <= last; h++) {
      const other = siblings[h];
      if (!other || other.group.kind !== kind || !isSmall(kind, nodes[other.group.outputs[0]!]!, graph, gpu))
        continue;
      if (!sameIteration(kind, nodes[outputs[0]!]!, nodes[other.group.outputs[0]!]!, graph)) continue;
      if (!fit(sibling, other, new Set([g, h]))) continue;
      siblings[h] = joined(sibling, other);
      siblings[g] = undefined;
      for (const place of sibling.reads.keys()) {
        const all = readers.get(place)!;
        all.delete(g);
        if (siblings[h]!.reads.has(place)) all.add(h);
      }
      for (const place of sibling.writes) readers.get(place)?.delete(h);
      break;
    }
  }
  return siblings.flatMap((sibling) => (sibling ? [sibling.group] : []));

  /** Whether one kernel can compute both: `first` may be read by `second` only at the element that it computes. */
  function fit(first: Sibling, second: Sibling, both: ReadonlySet<number>): boolean {
    for (const place of first.writes) {
      const sameElement = second.reads.get(place);
      if (sameElement === false || (sameElement && second.group.kind === "reduce")) return false;
    }
    // What is taken over must be read in place by both.
    for (const [place, sameElement] of first.reads) {
      if (ownOutput.has(place) && (second.reads.get(place) ?? sameElement) !== sameElement) return false;
    }
    const { reads, writes } = joined(first, second);
    const bindings = new Set([...reads.keys(), ...writes]);
    for (const output of writes) {
      const input = ownInput.get(output);
      if (input === undefined || !reads.get(input) || nodes[input]!.dtype !== nodes[output]!.dtype) continue;
      if ([...readers.get(input)!].every((reader) => both.has(reader))) bindings.delete(input);
    }
    return bindings.size <= maxBuffers;
  }
}

/** Both as one, in which what the first leaves is no longer read from memory. */
function joined(first: Sibling, second: Sibling): Sibling {
  const reads = new Map(second.reads);
  for (const [place, sameElement] of first.reads) reads.set(place, sameElement && (reads.get(place) ?? true));
  for (const place of first.writes) reads.delete(place);
  // Both are of one kind.
  const group = {
    kind: second.group.kind,
    outputs: [...first.group.outputs, ...second.group.outputs],
  } as Group;
  return { group, reads, writes: new Set([...first.writes, ...second.writes]) };
}
