import { sizeOf } from "../../shape.js";
import type { Fused } from "../fusion/fuse.js";
import { bytesOfLayout, type Layout, layoutOf } from "./context/layout.js";
import type { Step } from "./lowerGraph.js";

/** The textures for what a program computes on the way. */
export interface TexturePlan {
  readonly byteLength: number;
  readonly textures: readonly Layout[];
  /** Per value of the program's own, by node or by `partsBinding`: its texture. */
  readonly textureOf: ReadonlyMap<number, number>;
}

/** What a step reads and writes, and how many elements each has that it writes. */
function accessesOf(
  step: Step,
  { graph, home }: Fused,
): { readonly reads: readonly number[]; readonly writes: ReadonlyMap<number, number> } {
  if (step.kind === "kernel") {
    const { reads, writes, elements } = step.kernel;
    return { reads, writes: new Map(writes.map((write) => [write, elements])) };
  }
  const written = step.kind === "reference" ? [step.node] : step.results;
  return {
    reads: graph.nodes[step.node]!.inputs.map((input) => home[input] ?? input),
    writes: new Map(written.map((node) => [home[node]!, sizeOf(graph.nodes[node]!.shape)])),
  };
}

const sameLayout = (a: Layout, b: Layout): boolean => a.shift === b.shift && a.height === b.height;

/**
 * Gives each value that is neither argument nor result a texture from the step that computes it to the last that reads it. One texture holds several values after one
 * another that lie alike in it: all that a kernel writes must be of one size.
 */
export function planTextures(fused: Fused, steps: readonly Step[]): TexturePlan {
  const { graph, home } = fused;
  const outside = new Set([...graph.inputs, ...graph.outputs.map((output) => home[output]!)]);
  const accesses = steps.map((step) => accessesOf(step, fused));
  const last = new Map<number, number>();
  accesses.forEach(({ reads, writes }, k) => {
    for (const value of [...reads, ...writes.keys()]) last.set(value, k);
  });
  const textures: Layout[] = [];
  const free = new Set<number>();
  const textureOf = new Map<number, number>();
  accesses.forEach(({ writes }, k) => {
    for (const [value, elements] of writes) {
      if (outside.has(value)) continue;
      const layout = layoutOf(elements);
      const alike = [...free].find((texture) => sameLayout(textures[texture]!, layout));
      const texture = alike ?? textures.push(layout) - 1;
      free.delete(texture);
      textureOf.set(value, texture);
    }
    // A texture that is read is written by later steps alone.
    for (const [value, texture] of textureOf) if (last.get(value) === k) free.add(texture);
  });
  // What has no elements is computed by nobody.
  const empty = accesses
    .flatMap(({ reads }) => reads)
    .filter((value) => !outside.has(value) && !textureOf.has(value));
  if (empty.length > 0) textures.push(layoutOf(0));
  for (const value of empty) textureOf.set(value, textures.length - 1);
  return {
    byteLength: textures.reduce((sum, layout) => sum + bytesOfLayout(layout), 0),
    textures,
    textureOf,
  };
}
