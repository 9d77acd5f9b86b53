import type { Graph } from "../../../primitives/graph.js";
import { sizeOf, stridesOf } from "../../../shape.js";
import { coordinatesOf } from "../../fusion/canFollow.js";
import { coalesce } from "../../fusion/coalesce.js";
import { formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { dot } from "../../fusion/linearForm.js";
import { ExpressionText } from "./expressionText.js";
import type { Kernel } from "./kernel.js";
import { decompose, loopAxes, nameOfAxis, openLanes } from "./loops.js";
import { wordOfValue } from "./operations.js";
import { ShaderText } from "./shaderText.js";

/** Every node of `outputs`, all of one shape but for axes of extent 1, with everything that is not stored computed inside; and the last fold of those that `rowsOf` says were left in so many parts. */
export function elementwiseKernel(
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
  rowsOf: ReadonlyMap<number, number>,
): Kernel {
  const { shape } = graph.nodes[outputs[0]!]!;
  const rank = shape.length;
  const builder = new ExpressionBuilder(graph, home, rank, new Set(outputs), rowsOf);
  const roots = outputs.map((output) => builder.at(output, shape));
  const own = dot(coordinatesOf(shape, rank), stridesOf(shape), rank);
  const axes = loopAxes(coalesce(shape, [...formsOf(roots), own]));
  const size = sizeOf(shape);
  const text = new ShaderText();
  openLanes(text, size);
  decompose(text, "i", axes);
  const names = shape.map((_, axis) =>
    axes.some((loop) => loop.axis === axis) ? nameOfAxis(axis) : undefined,
  );
  const expressions = new ExpressionText(text, graph, { names, levels: shape.map(() => 1), own });
  roots.forEach((root, k) => {
    text.line(`result${k}[lane] = ${wordOfValue(expressions.value(root), graph.nodes[outputs[k]!]!.dtype)};`);
  });
  text.close();
  const name = outputs.map((output) => graph.nodes[output]!.op).join("+");
  return text.kernel(name, outputs, size, 1);
}
