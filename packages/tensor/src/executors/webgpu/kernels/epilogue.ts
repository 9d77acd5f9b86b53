import type { Graph } from "../../../primitives/graph.js";
import { stridesOf } from "../../../shape.js";
import { coalesce } from "../../fusion/coalesce.js";
import { formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { findQuads } from "./elementwise.js";
import { ExpressionText } from "./expressionText.js";
import { KernelText } from "./kernelText.js";
import type { LoweringContext, Store } from "./step.js";
import { writeElements } from "./writeElements.js";

/** The first binding after a contraction's two operands. */
const firstBinding = 2;

/**
 * What `lowerElementwise` would make a kernel of, as the end of the kernel of the contraction `product` whose value it uses: bias, activation, residual, an
 * optimiser's update. `outputs` have its shape, and it may be one of them. `lanes`: whether the kernel has its sums one by one or as vectors of four neighbouring
 * columns. Undefined where an operand has other axes than rows and columns, such as one value per image and channel.
 */
export function epilogueOf(
  outputs: readonly number[],
  product: number,
  graph: Graph,
  home: readonly (number | undefined)[],
  over: ReadonlyMap<number, number>,
  lanes: 1 | 4,
  context: LoweringContext,
): Store | undefined {
  const { shape } = graph.nodes[product]!;
  const builder = new ExpressionBuilder(graph, home, shape.length, new Set([...outputs, product]));
  const roots = outputs.map((output) => builder.at(output, shape));
  const last = shape.length - 1;
  const { extents, innermost } = coalesce(shape, formsOf(roots), (axis) => axis === last);
  const columns = shape[last]!;
  const hasColumns = innermost.at(-1) === last;
  if (extents.length > (hasColumns ? 2 : 1)) return undefined;

  const quads =
    lanes === 4 && hasColumns ? findQuads(outputs, roots, over, { extents, innermost }) : undefined;
  const axisNames = shape.map((_, axis) =>
    !innermost.includes(axis) ? undefined : axis === last ? "across" : "row",
  );
  const text = new KernelText(quads, "e");
  const linear = { name: "l", strides: stridesOf(shape) };
  const expressions = new ExpressionText(text, { axes: axisNames, linear });
  // There always is a parameter, so that there always is a uniform.
  const width = `u32(${text.parameter(columns, "i32")})`;
  const vector = quads ? "vec4f" : "f32";
  if (quads) text.line(`if (column >= ${width}) { return; }`);
  text.line(`let l = i32((start + column)${quads ? " / 4u" : ""});`);
  text.line(`let row = i32(start / ${width});`);
  text.line(`let across = i32(column${quads ? " / 4u" : ""});`);
  writeElements(text, expressions, roots, outputs, over, graph, context);

  const name = lanes === 4 && !quads ? "storeOne" : "store";
  const label = outputs.map((output) => graph.nodes[output]!.op).join("+");
  const { code, words, bindings, halves } = text.part(
    label,
    firstBinding,
    `fn ${name}(start: u32, column: u32, value: ${vector})`,
  );
  return {
    code: name === "store" ? code : `${code}${oneByOne(width)}`,
    bindings,
    resources: [...text.bindings.map(({ node }) => context.value(node)), context.uniform(words)],
    halves,
    label: ` ${label}`,
  };
}

/** A vector's columns one after the other. */
const oneByOne = (width: string): string => `
fn store(start: u32, column: u32, value: vec4f) {
  for (var k = 0u; k < 4u && column + k < ${width}; k++) {
    storeOne(start, column + k, value[k]);
  }
}
`;
