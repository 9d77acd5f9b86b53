import type { Graph } from "../../../primitives/graph.js";
import { type Shape, sizeOf, stridesOf } from "../../../shape.js";
import { coalesce } from "../../fusion/coalesce.js";
import { type Expression, formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { ExpressionText } from "./expressionText.js";
import { decompose } from "./indices.js";
import type { KernelText } from "./kernelText.js";
import type { LoweringContext } from "./step.js";

/** Element (or quad) `l` of the buffer of an output, or of that whose memory it takes over; what is stacked goes to the place of its turn. */
export function placeOf(
  text: KernelText,
  output: number,
  l: string,
  over: ReadonlyMap<number, number>,
  graph: Graph,
  context: LoweringContext,
): string {
  const { dtype, shape } = graph.nodes[output]!;
  const turn = context.turnOf(output);
  let place = l;
  if (turn !== undefined) {
    const count = text.parameter(sizeOf(shape) / (text.quads ? 4 : 1), "i32");
    place = `${text.bind(turn, "i32", "read")}[0] * ${count} + ${l}`;
  }
  return `${text.bind(over.get(output) ?? output, dtype, "write")}[${place}]`;
}

/**
 * Computes `roots` and writes them to element (or quad) `l` of the buffers of `outputs`. Everything is read before anything is written: an output may take over the
 * buffer of an operand.
 */
export function writeElements(
  text: KernelText,
  expressions: ExpressionText,
  roots: readonly Expression[],
  outputs: readonly number[],
  over: ReadonlyMap<number, number>,
  graph: Graph,
  context: LoweringContext,
): void {
  const values = roots.map((root) => expressions.root(root));
  outputs.forEach((output, k) => {
    const value = expressions.stored(values[k]!, graph.nodes[output]!.dtype);
    text.line(`${placeOf(text, output, "l", over, graph, context)} = ${value};`);
  });
}

/**
 * Computes `outputs`, all of `shape` but for axes of extent 1, at element `l` and writes them, in a block of the kernel in which the sums of that element have the names `totals`.
 * `over` names, per output, the stored value whose memory it takes over.
 */
export function writeFromTotals(
  text: KernelText,
  shape: Shape,
  outputs: readonly number[],
  totals: ReadonlyMap<number, string>,
  over: ReadonlyMap<number, number>,
  graph: Graph,
  home: readonly (number | undefined)[],
  context: LoweringContext,
): void {
  const builder = new ExpressionBuilder(graph, home, shape.length, new Set([...outputs, ...totals.keys()]));
  const roots = outputs.map((output) => builder.at(output, shape));
  const { extents, innermost } = coalesce(shape, formsOf(roots));
  const axes = shape.map((_, axis) => {
    const k = innermost.indexOf(axis);
    return k < 0 ? undefined : extents.length === 1 ? "l" : `at${k}`;
  });
  const expressions = new ExpressionText(text, { axes, linear: { name: "l", strides: stridesOf(shape) } });
  if (extents.length > 1) decompose(text, "l", extents, (k) => `at${k}`);
  for (const [node, name] of totals) {
    // What uses a sum sees what is stored of it.
    const value = graph.nodes[node]!.dtype === "f16" ? text.let(`half(${name})`) : name;
    text.name(builder.at(node, shape), value);
  }
  writeElements(text, expressions, roots, outputs, over, graph, context);
}
