import { input, type Tensor } from "../tensor.js";
import { flattenAt, type Tree, type TreeStructure, unflatten } from "../tree.js";
import { whileTracing } from "./tracing.js";

/** Takes apart what a function returned to `op`; throws where it is no tree of tensors. */
function flattenResult(op: string, result: unknown): ReturnType<typeof flattenAt> {
  if (result instanceof Promise) {
    // Whatever it comes to is of no use, and would be told to nobody.
    result.catch(() => undefined);
    throw new Error(`${op}: the function is async, but nothing runs while it is traced; make it synchronous`);
  }
  if (result === undefined || result === null) {
    throw new Error(
      `${op}: the function returned nothing; return what it computes, a tensor or a tree of tensors`,
    );
  }
  if (typeof result !== "object") {
    throw new Error(
      `${op}: the function returned a ${typeof result} (${String(result)}), expected a tensor or a tree of tensors; compute it with ` +
        "operations, or leave it out",
    );
  }
  return flattenAt(op, "the result", result as Tree<Tensor>);
}

/** Placeholders of functions that have returned: what is made from them later means nothing. */
const spent = new WeakSet<Tensor>();

/** Whether the function that a placeholder was handed to has returned. */
export const isSpent = (placeholder: Tensor): boolean => spent.has(placeholder);

/**
 * Calls `f` in the name of `op` with placeholders in place of the tensors in `args`: what it returned, taken apart, and which placeholders
 * stand for the arguments. Throws where `f` returns no tree of tensors.
 */
export function callWithPlaceholders<A extends readonly Tree<Tensor>[]>(
  op: string,
  f: (...args: A) => unknown,
  args: A,
): {
  readonly outputs: Tensor[];
  readonly structure: TreeStructure;
  readonly placeholders: readonly Tensor[];
} {
  const placeholders: Tensor[] = [];
  const fresh = args.map((arg, position) => {
    const { leaves, structure } = flattenAt(op, `argument ${position}`, arg);
    const stand = leaves.map((leaf) => input(leaf.shape, leaf.dtype));
    placeholders.push(...stand);
    return unflatten(structure, stand);
  });
  // The placeholders have the structure of the arguments.
  const { leaves, structure } = whileTracing(op, () => flattenResult(op, f(...(fresh as unknown as A))));
  for (const placeholder of placeholders) spent.add(placeholder);
  return { outputs: leaves, structure, placeholders };
}
