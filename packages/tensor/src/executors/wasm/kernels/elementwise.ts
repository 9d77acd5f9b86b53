import type { Graph } from "../../../primitives/graph.js";
import { sizeOf, stridesOf } from "../../../shape.js";
import { coordinatesOf } from "../../fusion/canFollow.js";
import { coalesce } from "../../fusion/coalesce.js";
import { type Expression, formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { dot, type LinearForm } from "../../fusion/linearForm.js";
import type { Code } from "../module/code.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import { ExpressionCode } from "./expressionCode.js";
import type { KernelCall } from "./kernelCall.js";
import { KernelFunctions, loadedBy } from "./kernelFunctions.js";
import type { LoopNest } from "./loopNest.js";
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
  const name = outputs.map((output) => graph.nodes[output]!.op).join("+");
  const kernel = new KernelFunctions(module, [...loadedBy(roots), ...outputs]);
  const nest = kernel.phase(name, outputs.length * sizeOf(shape));
  const addressOf = (node: number): number => kernel.addressOf(node);

  const write = (vectors?: Variation): void => {
    const code = new ExpressionCode(module, nest, addressOf, vectors);
    const values = roots.map((root) => code.root(root));
    // All are read before one is written.
    outputs.forEach((output, k) => {
      code.store(output, graph.nodes[output]!.dtype, places[k]!, values[k]!);
    });
  };
  const last = axes.at(-1);
  nest.shareOut(axes.map((axis) => (axis === last ? { ...axis, step: 4 } : axis)));
  nest.nest(axes.slice(0, -1), nest.f.code, (into) => {
    if (!last) write();
    else alongInnermost(last, roots, nest, into, write);
  });
  return kernel.call();
}

/** The innermost loop: four elements a turn where that can be, and what is left one by one. */
function alongInnermost(
  { axis, extent }: { readonly axis: number; readonly extent: number },
  roots: readonly Expression[],
  nest: LoopNest,
  into: Code,
  write: (vectors?: Variation) => void,
): void {
  const vectors = new Variation(axis);
  const whole = extent >= 4 && vectors.allowsVectors(roots) ? extent - (extent % 4) : 0;
  if (whole > 0) nest.loop({ axis, extent, step: 4 }, 0, whole, into, () => write(vectors));
  if (whole < extent) nest.loop({ axis, extent }, whole, extent, into, () => write());
}
