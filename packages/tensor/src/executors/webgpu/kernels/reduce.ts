import foldSource from "../../../../../../shaders/fold.wgsl?raw";
import type { DType } from "../../../dtype.js";
import type { Graph } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import { expectTerms } from "../../fusion/expectTerms.js";
import { formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { partsBinding, type Reduction, type ReductionName } from "../../fusion/reduction.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import { foldIdentity, foldTwo, partType } from "./fold.js";
import { workgroupSize } from "./kernelText.js";
import { preprocess } from "./preprocess.js";
import { reduceTogether } from "./reduceTogether.js";
import { reductionLoops } from "./reductionLoops.js";
import { parameterWords, readShader } from "./shader.js";
import { sharesOf } from "./shareOut.js";
import { spread } from "./spread.js";
import type { Kernel, LoweringContext, Resource, Step } from "./step.js";
import { storedValue, valueType } from "./valueTypes.js";
import { functionsCalledBy } from "./wgslFunctions.js";

/** More parts than these are folded by a kernel of their own before the last fold. */
const maxRows = 64;

/**
 * Reductions over the same axes of one shape, the same on every run: each invocation folds part of the terms of one
 * element of each output, with the operands' elementwise expressions computed in the loop. More than one part is left in memory for the elementwise kernel
 * that folds them (an expression "fold"), with what is computed from the result. Where a workgroup folds together, `ids` may name more than reductions (`reduceTogether`); `over` as in
 * `lowerElementwise`.
 */
export function lowerReduction(
  ids: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
  over: ReadonlyMap<number, number>,
  context: LoweringContext,
): Step[] {
  const nodes = ids.map((id) => graph.nodes[id] as Reduction);
  const { shape } = graph.nodes[nodes[0]!.inputs[0]!]!;
  const shares = sharesOf(nodes[0]!, shape, context.traits);
  if (shares.lanes > 1) return [reduceTogether(ids, shares, graph, home, over, context)];
  const { parts } = shares;
  const outputs = sizeOf(nodes[0]!.shape);
  const terms = sizeOf(shape) / outputs;
  const reduced = new Set(nodes[0]!.params.axes);
  const builder = new ExpressionBuilder(graph, home, shape.length, new Set());
  const roots = nodes.map((node) => builder.at(node.inputs[0]!, shape));
  const { text, expressions, keptAxes, reducedAxes, keptInnermost, coordinates } = reductionLoops(
    shape,
    reduced,
    formsOf(roots),
  );
  expectTerms(
    nodes.map(({ op }) => op),
    terms,
    parts,
  );
  const outputCount = text.parameter(outputs, "i32");
  const partCount = text.parameter(parts, "i32");
  const termCount = text.parameter(terms, "i32");
  text.line(`let t = i32((workgroup.x + workgroup.y * workgroups.x) * ${workgroupSize}u + local);`);
  text.line(`if (t >= ${outputCount} * ${partCount}) { return; }`);
  // Neighbouring invocations read neighbouring elements: along the outputs where the innermost axis is kept, else along the terms.
  if (keptInnermost) {
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
  coordinates("o", keptAxes);
  nodes.forEach((node, k) => {
    text.line(`var total${k} = ${foldIdentity(node.op, node.dtype, text)};`);
  });
  text.openLoop("for (var r = start; r < end; r += step) {");
  coordinates("r", reducedAxes);
  nodes.forEach((node, k) => {
    text.line(`total${k} = ${foldTwo(node.op, node.dtype, `total${k}`, expressions.value(roots[k]!))};`);
  });
  text.closeLoop();
  const whole = parts === 1;
  const scratch = new Map(
    whole ? [] : ids.map((id) => [partsBinding(id), context.scratch(parts * outputs * 4)]),
  );
  nodes.forEach((node, k) => {
    const total = `total${k}`;
    if (whole)
      text.line(`${text.bind(ids[k]!, node.dtype, "write")}[o] = ${storedValue(total, node.dtype)};`);
    else {
      const buffer = text.bind(partsBinding(ids[k]!), partType(node.dtype), "write");
      text.line(`${buffer}[part * ${outputCount} + o] = ${total};`);
    }
  });

  const first = text.step(
    `reduce ${nodes.map((node) => node.op).join("+")}`,
    spread(Math.ceil((outputs * parts) / workgroupSize), context.traits),
    (node) => scratch.get(node) ?? context.value(node),
  );
  if (whole) return [first];
  const folds: Step[] = [];
  nodes.forEach((node, k) => {
    let source = scratch.get(partsBinding(ids[k]!))!;
    let rows = parts;
    while (rows > maxRows) {
      const next = Math.ceil(rows / 32);
      const target = context.scratch(next * outputs * 4);
      folds.push(foldRows(node, source, target, { outputs, rows, next }, context.traits));
      source = target;
      rows = next;
    }
    context.leaveParts(ids[k]!, { resource: source, rows });
  });
  return [first, ...folds];
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
