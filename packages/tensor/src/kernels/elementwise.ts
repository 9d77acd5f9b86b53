import type { Graph } from "../graph/graph.js";
import { sizeOf } from "../shape.js";
import { coalesce } from "./coalesce.js";
import { ExpressionBuilder } from "./expression.js";
import { decompose } from "./indices.js";
import { formsOf, KernelText, storedValue } from "./kernelText.js";
import { spread } from "./spread.js";
import type { LoweringContext, Step } from "./step.js";

/** Invocations per workgroup of generated kernels. */
export const workgroupSize = 64;

/**
 * One kernel that computes every node of `outputs` (all of one shape), with everything that is not stored computed inside.
 * `over` names, per output, the stored value whose memory it takes over: one that this kernel reads at the same element only.
 */
export function lowerElementwise(
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
  over: ReadonlyMap<number, number>,
  context: LoweringContext,
): Step[] {
  const { shape } = graph.nodes[outputs[0]!]!;
  const size = sizeOf(shape);
  if (size === 0) return [];
  const builder = new ExpressionBuilder(graph, home, shape.length, new Set(outputs));
  const roots = outputs.map((output) => builder.at(output));
  const { extents, innermost } = coalesce(shape, formsOf(roots));
  const axisNames = shape.map((_, axis) => {
    const k = innermost.indexOf(axis);
    return k < 0 ? undefined : extents.length === 1 ? "l" : `i${k}`;
  });
  const text = new KernelText(axisNames);
  // A software adapter pays some 500 cycles per workgroup, so a workgroup there gets more elements.
  const perInvocation = context.profile.kind === "software" ? 16 : 4;
  const items = Math.max(1, Math.min(perInvocation, Math.floor(size / (workgroupSize * 8))));
  const workgroups = Math.ceil(size / (workgroupSize * items));

  const count = text.parameter(size, "i32");
  text.line(
    `let first = i32((workgroup.x + workgroup.y * workgroups.x) * ${text.parameter(workgroupSize * items, "u32")} + local);`,
  );
  text.open(`for (var item = 0; item < ${text.parameter(items, "i32")}; item++) {`);
  text.line(`let l = first + item * ${workgroupSize};`);
  text.line(`if (l >= ${count}) { break; }`);
  if (extents.length > 1) decompose(text, "l", extents, (k) => `i${k}`);
  // Everything is read before anything is written: an output may take over the buffer of an input.
  const values = roots.map((root) => text.value(root));
  outputs.forEach((output, k) => {
    const { dtype } = graph.nodes[output]!;
    text.line(
      `${text.bind(over.get(output) ?? output, dtype, "write")}[l] = ${storedValue(values[k]!, dtype)};`,
    );
  });
  text.close();

  const { code, words, immediate, bindings } = text.finish(workgroupSize);
  const resources = text.bindings.map(({ node }) => context.value(node));
  const label = `elementwise ${outputs.map((output) => graph.nodes[output]!.op).join("+")}`;
  return [
    {
      kind: "dispatch",
      kernel: { label, code, bindings, immediateSize: immediate ? words.byteLength : 0 },
      resources: immediate ? resources : [...resources, context.uniform(words)],
      immediates: immediate ? words : new Uint32Array(0),
      workgroups: spread(workgroups, context.profile),
    },
  ];
}
