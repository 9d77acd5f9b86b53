import type { Graph } from "../primitives/graph.js";
import type { Aval } from "../shape.js";
import { input, Tensor } from "../tensor.js";
import { leavesWithPaths, type MapTree, type Tree, unflatten } from "../tree.js";
import { callWithPlaceholders } from "./placeholders.js";
import { trace } from "./trace.js";

/** A function as plain data, and what its inputs and outputs are. */
export interface TracedFunction {
  readonly graph: Graph;
  /** Where each of the graph's first inputs stands among the arguments: position and path, as in "0.layers.1.weight". */
  readonly inputPaths: readonly string[];
  /** The tensors that the function closes over, in the order of the graph's further inputs. Host data that it uses are nodes of the graph. */
  readonly captured: readonly Tensor[];
  /** Where each of the graph's outputs stands in what the function returned; "" where it returned one tensor. */
  readonly outputPaths: readonly string[];
}

const isAval = (value: object): value is Aval =>
  "shape" in value && Array.isArray(value.shape) && "dtype" in value && typeof value.dtype === "string";

/** The tree with a placeholder for every shape. What is neither tensor nor shape is left to whom it is handed. */
function withPlaceholders(tree: Tree<Aval>): Tree<Tensor> {
  if (tree === undefined || tree === null || typeof tree !== "object" || tree instanceof Tensor) return tree;
  if (isAval(tree)) return input(tree.shape, tree.dtype);
  if (Array.isArray(tree)) return tree.map(withPlaceholders);
  return Object.fromEntries(Object.entries(tree).map(([name, member]) => [name, withPlaceholders(member)]));
}

/**
 * The graph of a function of trees of tensors, given an example of each argument: tensors, or `{ shape, dtype }` in their place. Nothing is computed. The graph is as
 * the function built it, with what no output needs left out; `simplify` makes it smaller. Throws where the function returns no tree of tensors.
 */
export function traceFunction<A extends readonly Tree<Tensor>[]>(
  f: (...args: A) => Tree<Tensor>,
  ...examples: { readonly [K in keyof A]: MapTree<A[K], Tensor, Aval> }
): TracedFunction {
  // The placeholders have the structure of the examples, and those that of the arguments.
  const args = examples.map((example) => withPlaceholders(example as Tree<Aval>)) as unknown as A;
  const { outputs, structure, placeholders } = callWithPlaceholders("traceFunction", f, args);
  const { graph, leaves } = trace(outputs, placeholders);
  return {
    graph,
    inputPaths: args.flatMap((arg, position) =>
      leavesWithPaths(arg).map(([path]) => (path === "" ? `${position}` : `${position}.${path}`)),
    ),
    captured: leaves.slice(placeholders.length),
    outputPaths: leavesWithPaths(unflatten(structure, outputs)).map(([path]) => path),
  };
}
