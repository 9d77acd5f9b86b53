import type { Graph } from "../../../primitives/graph.js";
import { type Shape, sizeOf, stridesOf } from "../../../shape.js";
import { coordinatesOf } from "../../fusion/canFollow.js";
import { coalesce } from "../../fusion/coalesce.js";
import { expectTerms } from "../../fusion/expectTerms.js";
import { formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { dot } from "../../fusion/linearForm.js";
import { partsBinding, type Reduction } from "../../fusion/reduction.js";
import { ExpressionText } from "./expressionText.js";
import { foldIdentity, foldTwo, partType } from "./fold.js";
import type { Kernel } from "./kernel.js";
import { decompose, loopAxes, nameOfAxis, openLanes } from "./loops.js";
import { valueType, wordOfValue } from "./operations.js";
import { ShaderText } from "./shaderText.js";

/** Terms of a part at least, and elements, all parts of all outputs together, that keep a GPU busy. */
const [fewestTerms, enoughElements] = [256, 2 ** 15];

/** Terms that are added up by themselves before they join the others, so that errors of rounding do not grow with their number. */
const run = 64;

/** Into how many parts the sums of so many outputs, each of so many terms, are shared out. */
export function partsFor(outputs: number, terms: number): number {
  const wanted = Math.min(Math.ceil(enoughElements / Math.max(1, outputs)), Math.floor(terms / fewestTerms));
  // Parts are folded one after the other again.
  return Math.max(1, Math.min(wanted, Math.ceil(Math.sqrt(terms))));
}

/** Into how many parts a reduction of an operand is shared out. */
export const partsOfReduction = (node: Reduction, operand: Shape): number => {
  const outputs = sizeOf(node.shape);
  return outputs === 0 ? 1 : partsFor(outputs, sizeOf(operand) / outputs);
};

/** Reductions over the same axes of one shape, with their operands' expressions in the loop; each output is left in so many parts. */
export function reductionKernel(
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
  parts: number,
): Kernel {
  const nodes = outputs.map((id) => graph.nodes[id] as Reduction);
  const { shape } = graph.nodes[nodes[0]!.inputs[0]!]!;
  const rank = shape.length;
  const reduced = new Set(nodes[0]!.params.axes);
  const builder = new ExpressionBuilder(graph, home, rank, new Set());
  const coordinates = coordinatesOf(shape, rank);
  const roots = nodes.map(({ inputs }) => builder.build(inputs[0]!, coordinates));
  const strides = stridesOf(nodes[0]!.shape).map((stride, axis) => (reduced.has(axis) ? 0 : stride));
  const place = dot(coordinates, strides, rank);
  const axes = loopAxes(coalesce(shape, [...formsOf(roots), place], (axis) => reduced.has(axis)));
  const kept = axes.filter(({ axis }) => !reduced.has(axis));
  const termAxes = axes.filter(({ axis }) => reduced.has(axis));
  const size = sizeOf(nodes[0]!.shape);
  const terms = sizeOf(shape) / size;
  expectTerms(
    nodes.map(({ op }) => op),
    terms,
    Math.max(parts, run),
  );
  const text = new ShaderText();
  const dtypes = nodes.map(({ dtype }) => (parts > 1 ? partType(dtype) : dtype));
  openLanes(text, parts * size);
  const share = Math.ceil(terms / parts);
  let [output, first, end] = ["i", "0", text.parameter(terms, "i32")];
  if (parts > 1) {
    const [count, length] = [text.parameter(size, "i32"), text.parameter(share, "i32")];
    const part = text.let("int", `i / ${count}`);
    output = text.let("int", `i - ${part} * ${count}`);
    first = text.let("int", `${part} * ${length}`);
    end = text.let("int", `min(${first} + ${length}, ${end})`);
  }
  decompose(text, output, kept);
  const totals = nodes.map(({ op, dtype }) => text.let(valueType[dtype], foldIdentity(op, dtype, text)));
  // A run of terms, and all runs.
  text.open(`for (int start = ${first}; start < ${end}; start += ${run})`);
  const sums = nodes.map(({ op, dtype }) => text.let(valueType[dtype], foldIdentity(op, dtype, text)));
  const last = text.let("int", `min(start + ${run}, ${end})`);
  text.open(`for (int term = start; term < ${last}; term++)`);
  decompose(text, "term", termAxes);
  const isLoop = new Set(axes.map(({ axis }) => axis));
  const expressions = new ExpressionText(text, graph, {
    names: shape.map((_, axis) => (isLoop.has(axis) ? nameOfAxis(axis) : undefined)),
    levels: shape.map((_, axis) => (reduced.has(axis) ? 3 : 1)),
  });
  const fold = (into: readonly string[], values: readonly string[]): void =>
    nodes.forEach(({ op, dtype }, k) => {
      text.line(`${into[k]} = ${foldTwo(op, dtype, into[k]!, values[k]!)};`);
    });
  fold(
    sums,
    roots.map((root) => expressions.value(root)),
  );
  text.close();
  fold(totals, sums);
  text.close();
  totals.forEach((total, k) => {
    text.line(`result${k}[lane] = ${wordOfValue(total, dtypes[k]!)};`);
  });
  text.close();
  const name = `reduce ${nodes.map(({ op }) => op).join("+")}${parts > 1 ? ` in ${parts} parts` : ""}`;
  const writes = parts > 1 ? outputs.map(partsBinding) : outputs;
  return text.kernel(name, writes, parts * size, share);
}
