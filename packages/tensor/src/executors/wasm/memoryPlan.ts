import type { GraphNode } from "../../primitives/graph.js";
import { sizeOf } from "../../shape.js";
import type { Fused } from "../fusion/fuse.js";
import { readsOfGroup } from "../fusion/reads.js";
import { elementBytes } from "./elements.js";
import type { Step } from "./lowerGraph.js";

/** Where what a program computes on the way lies, from the beginning of its own memory. */
export interface MemoryPlan {
  readonly byteLength: number;
  /** Per node that has memory of the program's own. */
  readonly valueOf: ReadonlyMap<number, number>;
  /** Per step: each piece of scratch memory. */
  readonly scratchOf: readonly (readonly number[])[];
}

const alignment = 64;

interface Interval {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly place: (offset: number) => void;
}

export const bytesOf = ({ shape }: GraphNode): number => elementBytes * sizeOf(shape);

/** Scratch memory of a step in bytes. */
export type ScratchOf = (step: Step) => readonly number[];

/** Gives each value that is neither argument nor result a place from the step that computes it to the last that reads it. */
export function planMemory({ graph, groups, home }: Fused, steps: readonly Step[], stepsOfGroup: readonly number[], scratchBytes: ScratchOf): MemoryPlan {
  const valueOf = new Map<number, number>();
  const scratchOf: number[][] = steps.map(() => []);
  const outside = new Set([...graph.inputs, ...graph.outputs.map((output) => home[output]!)]);
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  let step = 0;
  groups.forEach((group, g) => {
    const end = step + stepsOfGroup[g]! - 1;
    for (const output of group.outputs) first.set(home[output]!, step);
    for (const output of group.outputs) last.set(home[output]!, Math.max(end, last.get(home[output]!) ?? 0));
    for (const place of readsOfGroup(group, graph, home).keys()) last.set(place, end);
    step = end + 1;
  });
  const intervals: Interval[] = [...first].flatMap(([node, from]) =>
    outside.has(node)
      ? []
      : [
          {
            first: from,
            last: last.get(node)!,
            bytes: bytesOf(graph.nodes[node]!),
            place: (offset: number) => void valueOf.set(node, offset),
          },
        ],
  );
  steps.forEach((of, k) => {
    scratchBytes(of).forEach((bytes, n) => {
      intervals.push({ first: k, last: k, bytes, place: (offset) => void (scratchOf[k]![n] = offset) });
    });
  });
  return { byteLength: layOut(intervals), valueOf, scratchOf };
}

/** Places the largest first, each at the lowest address where nothing lies that lives at the same time. Returns what all take. */
function layOut(intervals: readonly Interval[]): number {
  const placed: { readonly interval: Interval; readonly start: number; readonly end: number }[] = [];
  let byteLength = 0;
  for (const interval of [...intervals].sort((a, b) => b.bytes - a.bytes)) {
    const others = placed
      .filter(({ interval: { first, last } }) => first <= interval.last && interval.first <= last)
      .sort((a, b) => a.start - b.start);
    let start = 0;
    const bytes = Math.ceil(interval.bytes / alignment) * alignment;
    for (const other of others) {
      if (start + bytes <= other.start) break;
      start = Math.max(start, other.end);
    }
    placed.push({ interval, start, end: start + bytes });
    interval.place(start);
    byteLength = Math.max(byteLength, start + bytes);
  }
  return byteLength;
}

