import type { Tensor } from "../tensor.js";
import { flattenAt, type Tree } from "../tree.js";

/**
 * Returns the memory of every tensor of a tree to its device now, which the garbage collector would do later. The tensors cannot be
 * used afterwards, nor what is still to be computed from them: that is an error which says so. Those that were donated or disposed of
 * before are left alone. Work that was submitted earlier is not disturbed.
 */
export function dispose(tree: Tree<Tensor>): void {
  for (const tensor of flattenAt("dispose", "", tree).leaves) tensor.dispose();
}
