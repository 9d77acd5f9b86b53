import type { Graph, GraphNode } from "../graph/graph.js";
import { sizeOf } from "../shape.js";
import { coalesce } from "./coalesce.js";
import { workgroupSize } from "./elementwise.js";
import { ExpressionBuilder } from "./expression.js";
import { decompose } from "./indices.js";
import { formsOf, KernelText, storedValue, valueType } from "./kernelText.js";
import { spread } from "./spread.js";
import type { LoweringContext, Resource, Step } from "./step.js";

type Reduction = GraphNode & { readonly op: "sum" | "max" };

/** The terms that one invocation adds up; more would lose digits and leave invocations idle. */
const maxTerms = 512;
const minTerms = 16;

const identity = (node: Reduction): string => {
  if (node.op === "sum") return `${valueType[node.dtype]}(0)`;
  return node.dtype === "i32" ? "i32(-2147483647 - 1)" : node.dtype === "u32" ? "0u" : "-3.4028234e38";
};

const combine = (node: Reduction, a: string, b: string): string =>
  node.op === "sum" ? `${a} + ${b}` : `max(${a}, ${b})`;

/**
 * Reductions over the same axes of one shape, without barriers, the same on every run: each invocation folds part of the terms of one
 * element of each output, with the operands' elementwise expressions computed in the loop; further passes fold the parts.
 */
export function lowerReduction(
  ids: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
  context: LoweringContext,
): Step[] {
  const nodes = ids.map((id) => graph.nodes[id] as Reduction);
  const { shape } = graph.nodes[nodes[0]!.inputs[0]!]!;
  const outputs = sizeOf(nodes[0]!.shape);
  const terms = sizeOf(shape) / outputs;
  const reduced = new Set(nodes[0]!.params.axes);
  const builder = new ExpressionBuilder(graph, home, shape.length, new Set());
  const roots = nodes.map((node) => builder.at(node.inputs[0]!));
  const { extents, innermost } = coalesce(shape, formsOf(roots), (axis) => reduced.has(axis));
  const axes = innermost.map((axis, k) => ({ axis, extent: extents[k]!, name: `i${k}` }));
  const keptAxes = axes.filter(({ axis }) => !reduced.has(axis));
  const reducedAxes = axes.filter(({ axis }) => reduced.has(axis));

  const wanted = context.traits.kind === "software" ? 1024 : 65536;
  const parts = partsOf(terms, wanted / outputs);
  const text = new KernelText(
    shape.map((_, axis) => axes.find((a) => a.axis === axis)?.name),
    new Set(keptAxes.map(({ axis }) => axis)),
  );
  const outputCount = text.parameter(outputs, "i32");
  const partCount = text.parameter(parts, "i32");
  const termCount = text.parameter(terms, "i32");
  text.line(`let t = i32((workgroup.x + workgroup.y * workgroups.x) * ${workgroupSize}u + local);`);
  text.line(`if (t >= ${outputCount} * ${partCount}) { return; }`);
  // Neighbouring invocations read neighbouring elements: along the outputs where the innermost axis is kept, else along the terms.
  if (keptAxes.length > 0 && keptAxes.at(-1) === axes.at(-1)) {
    const perPart = text.parameter(Math.ceil(terms / parts), "i32");
    text.line(`let part = t / ${outputCount};`);
    text.line(`let o = t - part * ${outputCount};`);
    text.line(`let start = part * ${perPart};`);
    text.line(`let end = min(start + ${perPart}, ${termCount});`);
    text.line("let step = 1;");
  } else {
    text.line(`let o = t / ${partCount};`);
    text.line(`let part = t - o * ${partCount};`);
    text.line("let start = part;");
    text.line(`let end = ${termCount};`);
    text.line(`let step = ${partCount};`);
  }
  const coordinates = (linear: string, of: typeof axes): void => {
    if (of.length > 0)
      decompose(
        text,
        linear,
        of.map(({ extent }) => extent),
        (k) => of[k]!.name,
      );
  };
  coordinates("o", keptAxes);
  nodes.forEach((node, k) => {
    text.line(`var total${k} = ${identity(node)};`);
  });
  text.openLoop("for (var r = start; r < end; r += step) {");
  coordinates("r", reducedAxes);
  nodes.forEach((node, k) => {
    text.line(`total${k} = ${combine(node, `total${k}`, text.value(roots[k]!))};`);
  });
  text.closeLoop();
  const whole = parts === 1;
  // Parts are kept in f32 where the result is f16; they have no node, so they go by numbers below zero.
  const scratch = nodes.map(() => (whole ? undefined : context.scratch(parts * outputs * 4)));
  nodes.forEach((node, k) => {
    const result = whole
      ? text.bind(ids[k]!, node.dtype, "write")
      : text.bind(-1 - k, node.dtype === "f16" ? "f32" : node.dtype, "write");
    text.line(
      `${result}[part * ${outputCount} + o] = ${whole ? storedValue(`total${k}`, node.dtype) : `total${k}`};`,
    );
  });

  const { code, words, immediate, bindings } = text.finish(workgroupSize);
  const resources = text.bindings.map(({ node }) => (node < 0 ? scratch[-1 - node]! : context.value(node)));
  const label = `reduce ${nodes.map((node) => node.op).join("+")}`;
  const first: Step = {
    kind: "dispatch",
    kernel: { label, code, bindings, immediateSize: immediate ? words.byteLength : 0 },
    resources: immediate ? resources : [...resources, context.uniform(words)],
    immediates: immediate ? words : new Uint32Array(0),
    workgroups: spread(Math.ceil((outputs * parts) / workgroupSize), context.traits),
  };
  if (whole) return [first];
  return [
    first,
    ...nodes.flatMap((node, k) => foldParts(node, ids[k]!, scratch[k]!, parts, outputs, context)),
  ];
}

/** Into how many parts the terms of one output are split. */
function partsOf(terms: number, wanted: number): number {
  const most = Math.max(1, Math.floor(terms / minTerms));
  return Math.max(Math.min(most, Math.round(wanted)), Math.ceil(terms / maxTerms), 1);
}

/** Folds `parts` rows of partial results [parts, outputs] until one is left. */
function foldParts(
  node: Reduction,
  id: number,
  scratch: Resource,
  parts: number,
  outputs: number,
  context: LoweringContext,
): Step[] {
  const type = valueType[node.dtype];
  const steps: Step[] = [];
  let source = scratch;
  let rows = parts;
  while (rows > 1) {
    const next = rows > 64 ? Math.ceil(rows / 32) : 1;
    const last = next === 1;
    const target = last ? context.value(id) : context.scratch(next * outputs * 4);
    const stored = last && node.dtype === "f16" ? "f16" : type;
    const code = `${stored === "f16" ? "enable f16;\n" : ""}struct Parameters { outputs: u32, rows: u32, next: u32 }
var<immediate> p: Parameters;
@group(0) @binding(0) var<storage, read> source: array<${type}>;
@group(0) @binding(1) var<storage, read_write> target_: array<${stored}>;

@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) local: u32) {
  let t = (workgroup.x + workgroup.y * workgroups.x) * ${workgroupSize}u + local;
  if (t >= p.outputs * p.next) { return; }
  let slot = t / p.outputs;
  let o = t - slot * p.outputs;
  var total = ${identity(node)};
  for (var row = slot; row < p.rows; row += p.next) { total = ${combine(node, "total", "source[row * p.outputs + o]")}; }
  target_[t] = ${stored === "f16" ? "f16(total)" : "total"};
}
`;
    steps.push({
      kind: "dispatch",
      kernel: { label: `fold ${node.op}`, code, bindings: ["read", "write"], immediateSize: 12 },
      resources: [source, target],
      immediates: Uint32Array.of(outputs, rows, next),
      workgroups: spread(Math.ceil((outputs * next) / workgroupSize), context.traits),
    });
    source = target;
    rows = next;
  }
  return steps;
}
