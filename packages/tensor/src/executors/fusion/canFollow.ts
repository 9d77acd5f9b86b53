import type { Graph } from "../../primitives/graph.js";
import { walk } from "./expression.js";
import { ExpressionBuilder } from "./expressionBuilder.js";
import { axisForm, constantForm, type LinearForm } from "./linearForm.js";
import { isReduction } from "./nodeKinds.js";

/** The coordinates of a value that differs from an iteration of this rank in axes of extent 1. */
export const coordinatesOf = (shape: readonly number[], rank: number): LinearForm[] =>
  shape.map((extent, axis) => (extent === 1 ? constantForm(0, rank) : axisForm(axis, rank)));

/**
 * Whether the kernel of the reductions among `outputs`, which has them whole, can also compute node `id`: a reduction of as many terms, or a value of their shape. What it needs of `outputs` has
 * to be of the same output, or the same term.
 */
export function canFollow(
  id: number,
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
): boolean {
  const { shape } = graph.nodes[graph.nodes[outputs[0]!]!.inputs[0]!]!;
  const rank = shape.length;
  const own = new Set([...outputs, id]);
  const builder = new ExpressionBuilder(graph, home, rank, own);
  const root = isReduction(graph.nodes[id]!) ? graph.nodes[id]!.inputs[0]! : id;
  let follows = true;
  walk([builder.build(root, coordinatesOf(shape, rank))], (expression) => {
    if (expression.kind === "load" && own.has(expression.node)) follows = false;
    if (expression.kind !== "product") return;
    const { node } = expression;
    if (builder.build(node, coordinatesOf(graph.nodes[node]!.shape, rank)) !== expression) follows = false;
  });
  return follows;
}
