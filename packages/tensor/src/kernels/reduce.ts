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
 * A reduction without barriers, the same on every run: each invocation folds part of the terms of one output, with the operand's
 * elementwise expression computed in the loop; further passes fold the parts.
 */
export function lowerReduction(
  id: number,
  graph: Graph,
  home: readonly (number | undefined)[],
  context: LoweringContext,
): Step[] {
  const node = graph.nodes[id] as Reduction;
  const operand = node.inputs[0]!;
  const { shape } = graph.nodes[operand]!;
  const outputs = sizeOf(node.shape);
  const terms = sizeOf(shape) / Math.max(1, outputs);
  if (outputs === 0) return [];
  const reduced = new Set(node.params.axes);
  const builder = new ExpressionBuilder(graph, home, shape.length, new Set());
  const root = builder.at(operand);
  const { extents, innermost } = coalesce(shape, formsOf([root]), (axis) => reduced.has(axis));
  const merged = innermost.map((axis, k) => ({
    axis,
    extent: extents[k]!,
    reduced: reduced.has(axis),
    name: `i${k}`,
  }));
  const keptAxes = merged.filter((m) => !m.reduced);
  const reducedAxes = merged.filter((m) => m.reduced);

  const wanted = context.profile.kind === "software" ? 1024 : 65536;
  const parts = partsOf(terms, wanted / outputs);
  // Neighbouring invocations read neighbouring elements: along the outputs where the innermost axis is kept, else along the terms.
  const innermostKept = merged.length > 0 && !merged.at(-1)!.reduced;

  const text = new KernelText(shape.map((_, axis) => merged.find((m) => m.axis === axis)?.name));
  const outputCount = text.parameter(outputs, "i32");
  const partCount = text.parameter(parts, "i32");
  const termCount = text.parameter(terms, "i32");
  text.line(`let t = i32((workgroup.x + workgroup.y * workgroups.x) * ${workgroupSize}u + local);`);
  text.line(`if (t >= ${outputCount} * ${partCount}) { return; }`);
  if (innermostKept) {
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
  if (keptAxes.length > 0)
    decompose(
      text,
      "o",
      keptAxes.map((m) => m.extent),
      (k) => keptAxes[k]!.name,
    );
  text.line(`var total = ${identity(node)};`);
  text.openLoop("for (var r = start; r < end; r += step) {");
  if (reducedAxes.length > 0)
    decompose(
      text,
      "r",
      reducedAxes.map((m) => m.extent),
      (k) => reducedAxes[k]!.name,
    );
  text.line(`total = ${combine(node, "total", text.value(root))};`);
  text.closeLoop();
  const partial = parts > 1;
  const result = text.bind(partial ? -1 : id, partial && node.dtype === "f16" ? "f32" : node.dtype, "write");
  text.line(
    `${result}[part * ${outputCount} + o] = ${partial ? "total" : storedValue("total", node.dtype)};`,
  );

  const { code, words, immediate, bindings } = text.finish(workgroupSize);
  const scratch = partial ? context.scratch(parts * outputs * 4) : undefined;
  const resources = text.bindings.map((binding) =>
    binding.node === -1 ? scratch! : context.value(binding.node),
  );
  const first: Step = {
    kind: "dispatch",
    kernel: { label: `reduce ${node.op}`, code, bindings, immediateSize: immediate ? words.byteLength : 0 },
    resources: immediate ? resources : [...resources, context.uniform(words)],
    immediates: immediate ? words : new Uint32Array(0),
    workgroups: spread(Math.ceil((outputs * parts) / workgroupSize), context.profile),
  };
  return scratch === undefined ? [first] : [first, ...foldParts(node, id, scratch, parts, outputs, context)];
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
      workgroups: spread(Math.ceil((outputs * next) / workgroupSize), context.profile),
    });
    source = target;
    rows = next;
  }
  return steps;
}
