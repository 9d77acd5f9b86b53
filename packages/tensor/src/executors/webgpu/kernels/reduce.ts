import foldSource from "../../../../../../shaders/fold.wgsl?raw";
import type { DType } from "../../../dtype.js";
import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { primitives } from "../../../primitives/index.js";
import { sizeOf } from "../../../shape.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import { coalesce } from "./coalesce.js";
import { formsOf } from "./expression.js";
import { ExpressionBuilder } from "./expressionBuilder.js";
import { ExpressionText } from "./expressionText.js";
import { foldIdentity, foldTwo, partsBinding, partType, type ReductionName } from "./fold.js";
import { decompose } from "./indices.js";
import { KernelText, workgroupSize } from "./kernelText.js";
import { preprocess } from "./preprocess.js";
import { parameterWords, readShader } from "./shader.js";
import { sharesOf, togetherSize } from "./shareOut.js";
import { spread } from "./spread.js";
import type { Kernel, LoweringContext, Resource, Step } from "./step.js";
import { storedValue, valueType } from "./valueTypes.js";
import { functionsCalledBy } from "./wgslFunctions.js";
import { foldInWorkgroup, locateLane } from "./workgroupFold.js";
import { writeFromTotals } from "./writeElements.js";

export type Reduction = GraphNode & { readonly op: ReductionName };

/** More parts than these are folded by a kernel of their own before the last fold, where invocations of a workgroup do not fold together. */
const maxRows = 64;

/**
 * The reductions among `outputs`, all over the same axes of one shape: each invocation folds some of the terms of one element of each, with the operands' elementwise
 * expressions computed in the loop; on a GPU a workgroup folds what its invocations have. The order is the same on every run. More than one part is left in memory for the elementwise kernel that folds
 * them (an expression "fold"), with what is computed from the result; where there is one, the rest of `outputs` is computed here. `over` as in `lowerElementwise`.
 */
export function lowerReduction(
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
  over: ReadonlyMap<number, number>,
  context: LoweringContext,
): Step[] {
  const ids = outputs.filter((id) => isReduction(graph.nodes[id]!));
  const uses = outputs.filter((id) => !ids.includes(id));
  const nodes = ids.map((id) => graph.nodes[id] as Reduction);
  const { shape } = graph.nodes[nodes[0]!.inputs[0]!]!;
  const { parts, lanes } = sharesOf(nodes[0]!, shape, context.traits);
  const together = lanes > 1;
  const count = sizeOf(nodes[0]!.shape);
  const terms = sizeOf(shape) / count;
  const reduced = new Set(nodes[0]!.params.axes);
  const builder = new ExpressionBuilder(graph, home, shape.length, new Set());
  const roots = nodes.map((node) => builder.at(node.inputs[0]!, shape));
  const { extents, innermost } = coalesce(shape, formsOf(roots), (axis) => reduced.has(axis));
  const axes = innermost.map((axis, k) => ({ axis, extent: extents[k]!, name: `i${k}` }));
  const keptAxes = axes.filter(({ axis }) => !reduced.has(axis));
  const reducedAxes = axes.filter(({ axis }) => reduced.has(axis));
  const text = new KernelText();
  const expressions = new ExpressionText(text, {
    axes: shape.map((_, axis) => axes.find((a) => a.axis === axis)?.name),
    invariant: new Set(keptAxes.map(({ axis }) => axis)),
  });
  // Neighbouring invocations read neighbouring elements: along the outputs where the innermost axis is kept, else along the terms.
  const alongOutputs = keptAxes.length > 0 && keptAxes.at(-1) === axes.at(-1);
  const sizes = { outputs: count, terms, parts };
  const exists = together
    ? shareTogether(text, sizes, lanes, alongOutputs ? "columns" : "lanes")
    : shareAlone(text, sizes, alongOutputs);
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
  const totals = nodes.map(({ op, dtype }, k) => ({ name: `total${k}`, op, dtype }));
  for (const { name, op, dtype } of totals) text.line(`var ${name} = ${foldIdentity(op, dtype, text)};`);
  text.openLoop("for (var r = start; r < end; r += step) {");
  coordinates("r", reducedAxes);
  totals.forEach(({ name, op, dtype }, k) => {
    text.line(`${name} = ${foldTwo(op, dtype, name, expressions.value(roots[k]!))};`);
  });
  text.closeLoop();
  const whole = parts === 1;
  const scratch = new Map(
    whole ? [] : ids.map((id) => [partsBinding(id), context.scratch(parts * count * 4)]),
  );
  if (together) foldInWorkgroup(text, totals, lanes);
  if (exists) text.open(`if (${exists}) {`);
  totals.forEach(({ name, dtype }, k) => {
    if (whole) text.line(`${text.bind(ids[k]!, dtype, "write")}[o] = ${storedValue(name, dtype)};`);
    else {
      const buffer = text.bind(partsBinding(ids[k]!), partType(dtype), "write");
      text.line(`${buffer}[part * ${text.parameter(count, "i32")} + o] = ${name};`);
    }
  });
  if (uses.length > 0) {
    text.line("let l = o;");
    const names = new Map(ids.map((id, k) => [id, totals[k]!.name]));
    writeFromTotals(text, nodes[0]!.shape, uses, names, over, graph, home, context);
  }
  if (exists) text.close();

  const workgroups = together
    ? Math.ceil(count / (togetherSize / lanes)) * parts
    : Math.ceil((count * parts) / workgroupSize);
  const first = text.step(
    `reduce ${outputs.map((id) => graph.nodes[id]!.op).join("+")}`,
    spread(workgroups, context.traits),
    (node) => scratch.get(node) ?? context.value(node),
    together ? togetherSize : workgroupSize,
  );
  if (whole) return [first];
  const folds: Step[] = [];
  nodes.forEach((node, k) => {
    let source = scratch.get(partsBinding(ids[k]!))!;
    let rows = parts;
    while (!together && rows > maxRows) {
      const next = Math.ceil(rows / 32);
      const target = context.scratch(next * count * 4);
      folds.push(foldRows(node, source, target, { outputs: count, rows, next }, context.traits));
      source = target;
      rows = next;
    }
    context.leaveParts(ids[k]!, { resource: source, rows });
  });
  return [first, ...folds];
}

const isReduction = ({ op }: GraphNode): boolean => primitives[op].kind === "reduction";

interface Sizes {
  readonly outputs: number;
  readonly terms: number;
  readonly parts: number;
}

/** Prints output `o`, `part` and terms from `start` to `end` of an invocation that works for itself. */
function shareAlone(text: KernelText, { outputs, terms, parts }: Sizes, alongOutputs: boolean): undefined {
  const outputCount = text.parameter(outputs, "i32");
  const partCount = text.parameter(parts, "i32");
  const termCount = text.parameter(terms, "i32");
  text.line(`let t = i32((workgroup.x + workgroup.y * workgroups.x) * ${workgroupSize}u + local);`);
  text.line(`if (t >= ${outputCount} * ${partCount}) { return; }`);
  if (alongOutputs) {
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
}

/**
 * The same for an invocation whose workgroup adds up together: a part is a run of terms, of which the lanes of an output take every so many. Returns the condition
 * under which an invocation has a result after the fold.
 */
function shareTogether(
  text: KernelText,
  { outputs, terms, parts }: Sizes,
  lanes: number,
  neighbours: "lanes" | "columns",
): string {
  const columns = togetherSize / lanes;
  const outputCount = text.parameter(outputs, "i32");
  const blocks = text.parameter(Math.ceil(outputs / columns), "i32");
  const perPart = text.parameter(Math.ceil(terms / parts), "i32");
  text.line("let group = i32(workgroup.x + workgroup.y * workgroups.x);");
  text.line(`let part = group / ${blocks};`);
  text.line(`if (part >= ${text.parameter(parts, "i32")}) { return; }`);
  locateLane(text, lanes, neighbours);
  text.line(`let output = (group - part * ${blocks}) * ${text.parameter(columns, "i32")} + column;`);
  text.line(`let o = min(output, ${outputCount} - 1);`);
  text.line(`let start = part * ${perPart} + lane;`);
  text.line(`let end = min((part + 1) * ${perPart}, ${text.parameter(terms, "i32")});`);
  text.line(`let step = ${text.parameter(lanes, "i32")};`);
  return `lane == 0 && output < ${outputCount}`;
}

const foldShader = readShader("fold.wgsl", foldSource);
const foldKernels: Map<string, Kernel> = new Map();

function foldKernel(op: ReductionName, dtype: DType): Kernel {
  const type = valueType[dtype];
  const key = `${op} ${type}`;
  let kernel = foldKernels.get(key);
  if (kernel === undefined) {
    const two = foldTwo(op, dtype, "a", "b");
    const operation = [
      `alias Value = ${type};`,
      `fn foldTwo(a: Value, b: Value) -> Value { return ${two}; }`,
      ...functionsCalledBy(two),
    ].join("\n");
    const code = preprocess(foldShader.source, { THREADS: workgroupSize }, { operation });
    kernel = { label: `fold ${op}`, code, bindings: ["read", "write"] };
    foldKernels.set(key, kernel);
  }
  return kernel;
}

/** Folds `rows` rows of partial results [rows, outputs] to `next`. */
function foldRows(
  { op, dtype }: Reduction,
  source: Resource,
  target: Resource,
  sizes: { readonly outputs: number; readonly rows: number; readonly next: number },
  traits: AdapterTraits,
): Step {
  return {
    kind: "dispatch",
    kernel: foldKernel(op, dtype),
    resources: [source, target],
    parameters: parameterWords(foldShader, sizes),
    workgroups: spread(Math.ceil((sizes.outputs * sizes.next) / workgroupSize), traits),
  };
}
