import { describe } from "../primitives/expect.js";
import { sameAval } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { flattenAt, leavesWithPaths, type Tree, unflatten } from "../tree.js";

type Flat = ReturnType<typeof flattenAt>;

/** A leaf of a tree for messages. */
export const nameOf = (tree: string, path: string): string => (path === "" ? tree : `${tree} "${path}"`);

/** The leaves of a tree by their paths. */
export const outline = ({ structure, leaves }: Flat): string => {
  const paths = leavesWithPaths(unflatten(structure, leaves)).map(([path]) =>
    path === "" ? "a tensor" : path,
  );
  return paths.length === 0 ? "without tensors" : paths.join(", ");
};

/** Throws where a state does not keep structure, shapes and dtypes. */
export function expectCarry(op: string, init: Tree<Tensor>, next: Flat): void {
  const before = flattenAt(op, "init", init);
  if (before.structure.key !== next.structure.key) {
    throw new Error(
      `${op}: the carry must keep the structure of init, ${outline(before)}, got ${outline(next)}; return all of it, and nothing else`,
    );
  }
  leavesWithPaths(init).forEach(([path, leaf], k) => {
    const other = next.leaves[k]!;
    if (sameAval(leaf, other)) return;
    throw new Error(
      `${op}: ${nameOf("the carry", path)} goes in as ${describe(leaf)} and comes out as ${describe(other)}; a carry keeps shape and dtype, ` +
        "so cast or reshape it, or start with another init",
    );
  });
}
