import { entryBytes } from "../kernels/gate.js";
import type { Resource } from "../kernels/step.js";
import { layOutTurns } from "./layOutTurns.js";
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

/** Bytes of a gate's buffer. */
export const gateBytes = ({ entries }: ResourceSpec & { readonly kind: "gate" }): number =>
  entries * entryBytes;

/** The resources that are in use at one time after the other: at each command, and where loops begin and end. */
const namedOver = (steps: Lowered["steps"]): (readonly Resource[])[] =>
  steps.flatMap((step) => {
    switch (step.kind) {
      case "dispatch":
        return [step.resources];
      case "copyToTexture":
        return [[step.source, step.texture]];
      case "loop":
        return [step.throughout, ...namedOver(step.steps), step.throughout];
      default:
        return step satisfies never;
    }
  });

/**
 * Gives every intermediate a place from the first step that names it to the last, and the place to the next one of exactly the
 * same size. One buffer per value, not slices of one arena: barriers are per buffer. What the commands of a loop leave each other within a turn is planned once.
 */
export function plan(lowered: Lowered, reuse = true): Plan {
  const { resources } = lowered;
  const times = namedOver(lowered.steps);
  const last = new Map<Resource, number>();
  times.forEach((named, k) => {
    for (const resource of named) last.set(resource, k);
  });
  const endingAt = new Map<number, Resource[]>();
  for (const [resource, k] of last) endingAt.set(k, [...(endingAt.get(k) ?? []), resource]);

  const slotOf: (number | undefined)[] = resources.map(() => undefined);
  const slots: (ResourceSpec & { readonly kind: "buffer" | "texture" })[] = [];
  const free = new Map<string, number[]>();
  times.forEach((named, k) => {
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
  const gates = resources.reduce((total, spec) => total + (spec.kind === "gate" ? gateBytes(spec) : 0), 0);
  const tables = new Set(resources.flatMap((spec) => (spec.kind === "table" ? [spec.words] : [])));
  const tableBytes = [...tables].reduce((total, { byteLength }) => total + byteLength, 0);
  const fixed = layOutTurns(resources).byteLength + gates + tableBytes;
  return { slotOf, slots, byteLength: slots.reduce((total, slot) => total + bytesOf(slot), fixed) };
}
