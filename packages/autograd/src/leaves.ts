import {
  flattenAt,
  isFloat,
  leavesWithPaths,
  type Tensor,
  type Tree,
  type TreeStructure,
  unflatten,
  zerosLike,
} from "@clidim/tensor";
import { describe } from "@clidim/tensor/expect";
import { sameAval } from "./aval.js";

/** A tree of tensors taken apart. */
export interface Leaves<T> {
  readonly leaves: readonly Tensor[];
  /** The dotted path of each leaf. */
  readonly paths: readonly string[];
  readonly structure: TreeStructure;
  /** A tree of the same structure; undefined stands where a leaf has no gradient. */
  readonly rebuild: (leaves: readonly (Tensor | undefined)[]) => T;
}

/** Throws in the name of `op` where `tree`, which stands at `place` ("argument 0"), holds anything but tensors. */
export function leavesOf<T>(op: string, place: string, tree: T): Leaves<T> {
  // Interfaces have no index signature and so are no Tree to the type checker; flattenAt checks every leaf.
  const nested = tree as Tree<Tensor>;
  const { leaves, structure } = flattenAt(op, place, nested);
  return {
    leaves,
    structure,
    paths: leavesWithPaths(nested).map(([path]) => path),
    // The structure is the one that was taken from a T.
    rebuild: (replacement) => unflatten(structure, replacement) as T,
  };
}

/**
 * The leaves of `given` at the paths of `like`, undefined where it has none, checked to be of the shape and dtype found there.
 * `what` describes a leaf in messages, as in "the gradient of".
 */
export function leavesAlong(
  op: string,
  what: string,
  like: Leaves<unknown>,
  given: unknown,
): (Tensor | undefined)[] {
  const found = new Map<string, Tensor>();
  if (given !== undefined) {
    const { leaves, paths } = leavesOf(op, what.replace(/ of( argument)?$/, ""), given);
    leaves.forEach((leaf, i) => {
      found.set(paths[i]!, leaf);
    });
  }
  const aligned = like.paths.map((path, i) => {
    const leaf = found.get(path);
    found.delete(path);
    const expected = like.leaves[i]!;
    // Integers and bools have no gradient; what stands in their place is not looked at.
    if (!leaf || !isFloat(expected.dtype)) return undefined;
    if (!sameAval(leaf, expected)) {
      throw new Error(`${op}: ${what} ${nameOf(path)} must be ${describe(expected)}, got ${describe(leaf)}`);
    }
    return leaf;
  });
  for (const path of found.keys()) {
    throw new Error(
      `${op}: ${what} ${nameOf(path)} was given, but there is no such leaf; expected ${like.paths.map(nameOf).join(", ")}`,
    );
  }
  return aligned;
}

/** The arguments of a call as one tree. */
export function argumentsOf<A extends readonly unknown[]>(op: string, args: A): Leaves<A> {
  for (const [position, arg] of args.entries()) {
    flattenAt(op, `argument ${position}`, arg as Tree<Tensor>); // what else it may be is what flattenAt looks for
  }
  return leavesOf(op, "the arguments", args);
}

/** The path of a leaf in a message; that of a tree which is a single tensor is empty. */
const nameOf = (path: string): string => (path === "" ? "the tensor" : `"${path}"`);

/** Gradients with zeros where there is none; undefined stays at integers and bools. */
export const fillZeros = (
  gradients: readonly (Tensor | undefined)[],
  like: readonly Tensor[],
): (Tensor | undefined)[] =>
  gradients.map((gradient, i) => gradient ?? (isFloat(like[i]!.dtype) ? zerosLike(like[i]!) : undefined));
