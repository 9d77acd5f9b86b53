import type { Resource } from "../kernels/step.js";
import type { Lowered } from "./lower.js";
import type { ResourceSpec } from "./resources.js";

/** Which physical place each of the program's own resources uses. */
export interface Plan {
  /** Per resource: an index into `slots`, or undefined where the resource comes from outside. */
  readonly slotOf: readonly (number | undefined)[];
  /** The buffers and textures that the program owns. */
  readonly slots: readonly (ResourceSpec & { readonly kind: "buffer" | "texture" })[];
  readonly byteLength: number;
}

const sizeKey = (spec: ResourceSpec & { readonly kind: "buffer" | "texture" }): string =>
  spec.kind === "buffer" ? `${Math.ceil(spec.byteLength / 4)}` : `${spec.width}x${spec.height}`;

const bytesOf = (spec: ResourceSpec & { readonly kind: "buffer" | "texture" }): number =>
  spec.kind === "buffer" ? Math.ceil(spec.byteLength / 4) * 4 : spec.width * spec.height * 16;

/**
 * Gives every intermediate a place from the first step that names it to the last, and the place to the next one of exactly the
 * same size. One buffer per value, not slices of one arena: barriers are per buffer.
 */
export function plan(lowered: Lowered, reuse = true): Plan {
  const { steps, resources } = lowered;
  const first = new Map<Resource, number>();
  const last = new Map<Resource, number>();
  steps.forEach((step, k) => {
    const named = step.kind === "dispatch" ? step.resources : [step.source, step.texture];
    for (const resource of named) {
      if (!first.has(resource)) first.set(resource, k);
      last.set(resource, k);
    }
  });
  const endingAt = new Map<number, Resource[]>();
  for (const [resource, k] of last) endingAt.set(k, [...(endingAt.get(k) ?? []), resource]);

  const slotOf: (number | undefined)[] = resources.map(() => undefined);
  const slots: (ResourceSpec & { readonly kind: "buffer" | "texture" })[] = [];
  const free = new Map<string, number[]>();
  steps.forEach((step, k) => {
    const named = step.kind === "dispatch" ? step.resources : [step.source, step.texture];
    for (const resource of named) {
      const spec = resources[resource]!;
      if (slotOf[resource] !== undefined || (spec.kind !== "buffer" && spec.kind !== "texture")) continue;
      slotOf[resource] = free.get(sizeKey(spec))?.pop() ?? slots.push(spec) - 1;
    }
    if (!reuse) return;
    for (const resource of endingAt.get(k) ?? []) {
      const spec = resources[resource]!;
      if (spec.kind !== "buffer" && spec.kind !== "texture") continue;
      const slot = slotOf[resource]!;
      const pool = free.get(sizeKey(spec));
      if (pool) pool.push(slot);
      else free.set(sizeKey(spec), [slot]);
    }
  });
  return { slotOf, slots, byteLength: slots.reduce((total, slot) => total + bytesOf(slot), 0) };
}
