import { type Aval, sizeOf } from "../../shape.js";
import type { Fused } from "../fusion/fuse.js";
import { readsOfGroup } from "../fusion/reads.js";
import { elementBytes } from "./elements.js";
import { alignedBytes } from "./heap.js";
import type { Step } from "./lowerGraph.js";

/** Where what a program computes on the way lies, from the beginning of its own memory. */
export interface MemoryPlan {
  readonly byteLength: number;
  /** Per node that has memory of the program's own. */
  readonly values: ReadonlyMap<number, number>;
  /** Per step: each piece of its scratch memory. */
  readonly scratch: readonly (readonly number[])[];
}

/** Something that needs memory from one step to another. */
interface Interval {
  readonly first: number;
  last: number;
  readonly bytes: number;
}

export const bytesOf = ({ shape }: Pick<Aval, "shape">): number => elementBytes * sizeOf(shape);

/**
 * Gives each value that is neither argument nor result a place from the step that computes it to the last that reads it, and scratch memory one during its step. `steps` has those of each
 * group.
 */
export function planMemory({ graph, groups, home }: Fused, steps: readonly (readonly Step[])[]): MemoryPlan {
  const outside = new Set([...graph.inputs, ...graph.outputs.map((output) => home[output]!)]);
  const values = new Map<number, Interval>();
  const scratch: Interval[][] = [];
  groups.forEach((group, g) => {
    const first = scratch.length;
    for (const step of steps[g]!) {
      const now = scratch.length;
      const bytes = step.kind === "kernel" ? step.call.scratchBytes : [];
      scratch.push(bytes.map((length) => ({ first: now, last: now, bytes: length })));
    }
    const last = scratch.length - 1;
    for (const output of group.outputs) {
      const node = home[output]!;
      if (!outside.has(node)) values.set(node, { first, last, bytes: bytesOf(graph.nodes[node]!) });
    }
    for (const place of readsOfGroup(group, graph, home).keys()) {
      const value = values.get(place);
      if (value) value.last = last;
    }
  });
  const { byteLength, startOf } = layOut([...values.values(), ...scratch.flat()]);
  const start = (interval: Interval): number => startOf.get(interval)!;
  return {
    byteLength,
    values: new Map([...values].map(([node, interval]) => [node, start(interval)])),
    scratch: scratch.map((intervals) => intervals.map(start)),
  };
}

/** Places the largest first, each at the lowest address where nothing lies that is needed at the same time. */
function layOut(intervals: readonly Interval[]): {
  readonly byteLength: number;
  readonly startOf: ReadonlyMap<Interval, number>;
} {
  const placed: { readonly interval: Interval; readonly start: number; readonly end: number }[] = [];
  for (const interval of [...intervals].sort((a, b) => b.bytes - a.bytes)) {
    const others = placed
      .filter(({ interval: { first, last } }) => first <= interval.last && interval.first <= last)
      .sort((a, b) => a.start - b.start);
    const bytes = alignedBytes(interval.bytes);
    let start = 0;
    for (const other of others) {
      if (start + bytes <= other.start) break;
      start = Math.max(start, other.end);
    }
    placed.push({ interval, start, end: start + bytes });
  }
  return {
    byteLength: Math.max(0, ...placed.map(({ end }) => end)),
    startOf: new Map(placed.map(({ interval, start }) => [interval, start])),
  };
}
