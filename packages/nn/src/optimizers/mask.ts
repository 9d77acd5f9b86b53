import { flatten, leavesWithPaths, type Tensor, type Tree, unflatten } from "@clidim/tensor";
import { type Accepted, callable } from "../checkOptions.js";

/** Chooses parameters by path ("2.weight") and value, for instance `(_, parameter) => parameter.shape.length > 1`. */
export type Mask = (path: string, parameter: Tensor) => boolean;

/** What a mask may be. */
export const maskOption: Accepted = callable("a function of path and parameter");

/** `f(leaf, parameter)` for the parameters that `mask` chooses; the other leaves of `tree` stay as they are. */
export function mapChosen<P>(
  mask: Mask,
  f: (leaf: Tensor, parameter: Tensor) => Tensor,
  tree: P,
  params: P,
): P {
  // P is a tree of tensors, as in mapLeaves.
  const { structure } = flatten(tree as Tree<Tensor>);
  const parameters = new Map(leavesWithPaths(params as Tree<Tensor>));
  const mapped = leavesWithPaths(tree as Tree<Tensor>).map(([path, leaf]) => {
    const parameter = parameters.get(path)!; // the trees have one structure, but maybe another order
    return mask(path, parameter) ? f(leaf, parameter) : leaf;
  });
  return unflatten(structure, mapped) as P;
}
