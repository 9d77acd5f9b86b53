import { Tensor } from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { leavesOf } from "./leaves.js";

/**
 * Which axis of a tree's leaves counts the examples: one for all of them, or a tree of its structure; negative ones count from the end, and null says that all examples
 * share what stands there.
 */
export type AxesOf<T> =
  | number
  | null
  | (T extends Tensor
      ? never
      : T extends object
        ? {
            readonly [K in keyof T]: undefined extends T[K]
              ? AxesOf<Exclude<T[K], undefined>> | undefined
              : AxesOf<T[K]>;
          }
        : never);

/** The axis of every leaf of `tree`, which stands at `place`, depth first, as `axes` says; `option` is what it was given as. */
export function axesAlong(option: string, place: string, tree: unknown, axes: unknown): (number | null)[] {
  if (axes === null || typeof axes === "number") {
    return leavesOf("vmap", place, tree).leaves.map(() => axes);
  }
  const members = membersOf(tree);
  const given = membersOf(axes);
  if (!members || !given) {
    throw new Error(
      `vmap: ${option} has ${show(axes)} for ${place}, which is ${show(tree)}; give an axis, null for what all examples share, or a tree of its structure`,
    );
  }
  const extra = [...given.keys()].find((key) => !members.has(key));
  if (extra !== undefined) {
    throw new Error(
      `vmap: ${option} has "${extra}" for ${place}, where there is no such member; it has ${[...members.keys()].join(", ")}`,
    );
  }
  return [...members].flatMap(([key, member]) => {
    const axis = given.get(key);
    if (axis !== undefined) return axesAlong(option, `${place}.${key}`, member, axis);
    if (leavesOf("vmap", `${place}.${key}`, member).leaves.length === 0) return [];
    throw new Error(
      `vmap: ${option} has nothing for ${place}.${key}; give an axis, or null for what all examples share`,
    );
  });
}

/** The members of an array or a record, by name, undefined of anything else. */
const membersOf = (tree: unknown): ReadonlyMap<string, unknown> | undefined =>
  typeof tree === "object" && tree !== null && !(tree instanceof Tensor)
    ? new Map(Object.entries(tree))
    : undefined;
