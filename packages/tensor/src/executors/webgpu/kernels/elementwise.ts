import type { Graph } from "../../../primitives/graph.js";
import { sizeOf, stridesOf } from "../../../shape.js";
import { type Coalesced, coalesce } from "../../fusion/coalesce.js";
import { type Expression, formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { partsBinding } from "../../fusion/reduction.js";
import type { AdapterTraits } from "../device/adapterTraits.js";
import { ExpressionText } from "./expressionText.js";
import { foldParts } from "./foldParts.js";
import { decompose, innerIndex } from "./indices.js";
import { KernelText, workgroupSize } from "./kernelText.js";
import { type Quads, quadsOf } from "./quads.js";
import { gpuInvocations, lanesForParts } from "./shareOut.js";
import type { LoweringContext, Resource, Step } from "./step.js";
import { writeElements } from "./writeElements.js";

/** Below this many elements a kernel costs what its dispatch costs, and needs no second variant. */
const fewestForQuads = 4096;

/**
 * One kernel that computes every node of `outputs` (all of one shape but for axes of extent 1), with everything that is not stored computed inside, and
 * the last fold of reductions that were left in parts, and of `product`, a contraction that was.
 * `over` names, per output, the stored value whose memory it takes over: one that this kernel reads at the same element only.
 */
export function lowerElementwise(
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
  over: ReadonlyMap<number, number>,
  context: LoweringContext,
  product?: number,
): Step[] {
  const { shape } = graph.nodes[outputs[0]!]!;
  const size = sizeOf(shape);
  if (size === 0) return [];
  const parts = new Map(
    [...outputs, ...(product === undefined ? [] : [product])].flatMap((node) => {
      const left = context.parts(node);
      return left ? [[node, left] as const] : [];
    }),
  );
  const rowsOf = new Map([...parts].map(([node, { rows }]) => [node, rows]));
  const lanes = lanesForParts(size, Math.max(0, ...rowsOf.values()), context.traits);
  if (lanes > 1) return [foldParts(outputs, parts, lanes, graph, home, over, context)];
  const builder = new ExpressionBuilder(
    graph,
    home,
    shape.length,
    new Set([...outputs, ...parts.keys()]),
    rowsOf,
  );
  const roots = outputs.map((output) => builder.at(output, shape));
  const { extents, innermost } = coalesce(shape, formsOf(roots));
  const quads = size < fewestForQuads ? undefined : findQuads(outputs, roots, over, { extents, innermost });
  const width = quads ? 4 : 1;
  const counts = extents.map((extent, k) => (k === extents.length - 1 ? extent / width : extent));
  const inner = counts.length > 1 ? counts.at(-1)! : 1;
  const { invocations, keepsInner } = divideWork(size / width, inner, width, context.traits);
  const axisNames = shape.map((_, axis) => {
    const k = innermost.indexOf(axis);
    return k < 0 ? undefined : extents.length === 1 ? "l" : `i${k}`;
  });
  const invariant = new Set(keepsInner ? innermost.slice(-1) : []);
  const text = new KernelText(quads);
  const linear = { name: "l", strides: stridesOf(shape) };
  const expressions = new ExpressionText(text, { axes: axisNames, invariant, linear });
  text.line(`let first = i32(workgroup.x * ${workgroupSize}u + local);`);
  if (keepsInner) innerIndex(text, inner, `i${extents.length - 1}`);
  text.openLoop(
    `for (var l = first; l < ${text.parameter(size / width, "i32")}; l += ${text.parameter(invocations, "i32")}) {`,
  );
  if (extents.length > 1) decompose(text, "l", counts, (k) => `i${k}`, keepsInner);
  writeElements(text, expressions, roots, outputs, over, graph, context);
  text.closeLoop();

  const places = new Map([...parts].map(([node, { resource }]) => [partsBinding(node), resource]));
  const label = `elementwise${quads ? "4" : ""} ${outputs.map((output) => graph.nodes[output]!.op).join("+")}`;
  const resourceOf = (node: number): Resource => places.get(node) ?? context.value(node);
  return [text.step(label, [invocations / workgroupSize, 1, 1], resourceOf)];
}

/** How a kernel computes four elements at a time, where it can: what it writes it does not read one by one. */
export function findQuads(
  outputs: readonly number[],
  roots: readonly Expression[],
  over: ReadonlyMap<number, number>,
  { extents, innermost }: Coalesced,
): Quads | undefined {
  if (extents.length === 0 || extents.at(-1)! % 4 !== 0) return undefined;
  const quads = quadsOf(roots, innermost.at(-1)!, innermost);
  const written = outputs.map((output) => over.get(output) ?? output);
  return quads && written.every((node) => !quads.scalars.has(node)) ? quads : undefined;
}

/**
 * How many invocations share `size` elements: each takes every `invocations`-th. A multiple of the innermost extent keeps the
 * innermost index of an invocation, so that what depends on it alone (the channel's scale, say) is read once.
 */
function divideWork(
  size: number,
  inner: number,
  lanes: number,
  traits: AdapterTraits,
): { invocations: number; keepsInner: boolean } {
  // A software adapter pays some 500 cycles per workgroup, so a workgroup there gets more elements. A GPU is kept busy first.
  const [most, few] = traits.kind === "software" ? [16, 8 * workgroupSize] : [4, gpuInvocations];
  const perInvocation = Math.max(1, Math.min(most / lanes, size / few));
  const wanted = Math.ceil(size / (workgroupSize * perInvocation));
  const workgroups = Math.min(wanted, traits.limits.maxComputeWorkgroupsPerDimension);
  const step = inner / greatestCommonDivisor(inner, workgroupSize);
  const rounded = Math.max(1, Math.floor(workgroups / step)) * step;
  const limit = Math.min(workgroups * 1.5, traits.limits.maxComputeWorkgroupsPerDimension);
  const keepsInner = inner > 1 && rounded <= limit;
  return { invocations: workgroupSize * (keepsInner ? rounded : workgroups), keepsInner };
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
