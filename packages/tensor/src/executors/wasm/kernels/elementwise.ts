import type { Graph } from "../../../primitives/graph.js";
import { formatShape, sizeOf, stridesOf } from "../../../shape.js";
import { coordinatesOf } from "../../fusion/canFollow.js";
import { coalesce } from "../../fusion/coalesce.js";
import { formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { dot, type LinearForm } from "../../fusion/linearForm.js";
import { type Segment, segmentsAlong } from "../../fusion/segments.js";
import type { Code } from "../module/code.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import { ExpressionCode } from "./expressionCode.js";
import type { KernelCall } from "./kernelCall.js";
import { KernelFunctions, loadedBy } from "./kernelFunctions.js";
import type { LoopAxis, LoopNest } from "./loopNest.js";
import { Variation } from "./variation.js";

/** One loop over the elements of every node of `outputs`, all of one shape but for axes of extent 1, with everything that is not stored computed inside. */
export function elementwiseKernel(
  module: ModuleBuilder,
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
): KernelCall {
  const { shape } = graph.nodes[outputs[0]!]!;
  const rank = shape.length;
  const builder = new ExpressionBuilder(graph, home, rank, new Set(outputs));
  const roots = outputs.map((output) => builder.at(output, shape));
  const places = outputs.map((): LinearForm => dot(coordinatesOf(shape, rank), stridesOf(shape), rank));
  const { extents, innermost } = coalesce(shape, [...formsOf(roots), ...places]);
  const axes = extents.map((extent, k) => ({ axis: innermost[k]!, extent }));
  const name = `${outputs.map((output) => graph.nodes[output]!.op).join("+")} ${formatShape(shape)}`;
  const kernel = new KernelFunctions(module, [...loadedBy(roots), ...outputs]);
  const nest = kernel.phase(name, outputs.length * sizeOf(shape));
  const addressOf = (node: number): number => kernel.addressOf(node);

  const write = (of: Segment["roots"], vectors?: Variation): void => {
    const code = new ExpressionCode(module, nest, addressOf, vectors);
    const values = of.map((root) => code.root(root));
    // All are read before one is written.
    outputs.forEach((output, k) => {
      code.store(output, graph.nodes[output]!.dtype, places[k]!, values[k]!);
    });
  };
  const last = axes.at(-1);
  nest.shareOut(axes.map((axis) => (axis === last ? { ...axis, step: 4 } : axis)));
  nest.nest(axes.slice(0, -1), nest.f.code, (into) => {
    if (!last) {
      write(roots);
      return;
    }
    for (const segment of segmentsOf(last, roots, builder)) alongSegment(last, segment, nest, into, write);
  });
  return kernel.call();
}

/** Segments of an axis beyond which it is not split: each has a loop of its own. */
const mostSegments = 8;

const allowVectors = ({ first, stop, roots }: Segment, axis: number): boolean =>
  stop - first >= 4 && new Variation(axis).allowsVectors(roots);

/** The whole innermost axis, or segments of it where four elements can be computed at once in some of these alone. */
function segmentsOf(
  { axis, extent }: LoopAxis,
  roots: Segment["roots"],
  builder: ExpressionBuilder,
): readonly Segment[] {
  const whole = { first: 0, stop: extent, roots };
  if (extent < 4 || allowVectors(whole, axis)) return [whole];
  const segments = segmentsAlong(axis, whole, (expression) => builder.make(expression), mostSegments);
  return segments.some((segment) => allowVectors(segment, axis)) ? segments : [whole];
}

/** Loops along a segment: four elements a turn where that can be, and what is left one by one. */
function alongSegment(
  { axis, extent }: LoopAxis,
  segment: Segment,
  nest: LoopNest,
  into: Code,
  write: (roots: Segment["roots"], vectors?: Variation) => void,
): void {
  const { first, stop, roots } = segment;
  const end = allowVectors(segment, axis) ? stop - ((stop - first) % 4) : first;
  if (end > first) {
    nest.loop({ axis, extent, step: 4 }, first, end, into, () => write(roots, new Variation(axis)));
  }
  if (end < stop) nest.loop({ axis, extent }, end, stop, into, () => write(roots));
}
