import { input, type Tensor } from "../tensor.js";
import { flatten, type Tree, unflatten } from "../tree.js";

/** Calls `f` with placeholders in place of the tensors in `args`: what to trace it with, and which arguments they stand for. */
export function callWithPlaceholders<A extends readonly Tree<Tensor>[], R>(
  f: (...args: A) => R,
  args: A,
): { readonly result: R; readonly placeholders: readonly Tensor[] } {
  const placeholders: Tensor[] = [];
  const traced = args.map((arg) => {
    const { leaves, structure } = flatten(arg);
    const fresh = leaves.map((leaf) => input(leaf.shape, leaf.dtype));
    placeholders.push(...fresh);
    return unflatten(structure, fresh);
  });
  // The placeholders have the structure of the arguments.
  return { result: f(...(traced as unknown as A)), placeholders };
}
