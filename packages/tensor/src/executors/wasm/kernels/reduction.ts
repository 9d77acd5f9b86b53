import type { Graph } from "../../../primitives/graph.js";
import { formatShape, sizeOf, stridesOf } from "../../../shape.js";
import { coordinatesOf } from "../../fusion/canFollow.js";
import { coalesce } from "../../fusion/coalesce.js";
import { type Expression, formsOf } from "../../fusion/expression.js";
import { ExpressionBuilder } from "../../fusion/expressionBuilder.js";
import { dot, type LinearForm, scaleForm } from "../../fusion/linearForm.js";
import type { Reduction } from "../../fusion/reduction.js";
import type { Code } from "../module/code.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import { Accumulator } from "./accumulator.js";
import { ExpressionCode } from "./expressionCode.js";
import type { KernelCall } from "./kernelCall.js";
import { KernelFunctions, loadedBy } from "./kernelFunctions.js";
import type { LoopAxis } from "./loopNest.js";
import { Variation } from "./variation.js";

/** Vectors of neighbouring outputs that are folded together: a line of the cache. */
const mostBlocks = 4;

/** Reductions over the same axes of one shape, with their operands' expressions in the loop. */
export function reductionKernel(
  module: ModuleBuilder,
  outputs: readonly number[],
  graph: Graph,
  home: readonly (number | undefined)[],
): KernelCall {
  const nodes = outputs.map((id) => graph.nodes[id] as Reduction);
  const { shape } = graph.nodes[nodes[0]!.inputs[0]!]!;
  const rank = shape.length;
  const reduced = new Set(nodes[0]!.params.axes);
  const builder = new ExpressionBuilder(graph, home, rank, new Set());
  const coordinates = coordinatesOf(shape, rank);
  /** The operands of the reductions, for the outputs that are `shift` further along an axis. */
  const rootsAt = (axis: number, shift: number): Expression[] => {
    const here = coordinates.map((form, k) => (k === axis ? scaleForm(form, 1, shift) : form));
    return nodes.map(({ inputs }) => builder.build(inputs[0]!, here));
  };
  const strides = stridesOf(shape.map((extent, axis) => (reduced.has(axis) ? 1 : extent)));
  const place = dot(
    coordinates,
    strides.map((stride, axis) => (reduced.has(axis) ? 0 : stride)),
    rank,
  );
  const roots = rootsAt(-1, 0);
  const { extents, innermost } = coalesce(shape, [...formsOf(roots), place], (axis) => reduced.has(axis));
  const axes = extents.map((extent, k): LoopAxis => ({ axis: innermost[k]!, extent }));
  const kept = axes.filter(({ axis }) => !reduced.has(axis));
  const terms = axes.filter(({ axis }) => reduced.has(axis));
  const name = `reduce ${nodes.map(({ op }) => op).join("+")} ${formatShape(shape)} over ${[...reduced]}`;
  const kernel = new KernelFunctions(module, [...loadedBy(roots), ...outputs]);
  const nest = kernel.phase(name, outputs.length * sizeOf(shape));
  const codeFor = (vectors?: Variation): ExpressionCode =>
    new ExpressionCode(module, nest, (node) => kernel.addressOf(node), vectors);
  const begin = (into: Code, vector: boolean): Accumulator[] =>
    nodes.map(({ op, dtype }) => {
      const accumulator = new Accumulator(nest.f, op, dtype, vector);
      accumulator.begin(into);
      return accumulator;
    });
  /** Folds in the terms of this turn of the innermost loop. */
  const add = (
    accumulators: readonly Accumulator[],
    of: readonly Expression[],
    vectors?: Variation,
  ): void => {
    const code = codeFor(vectors);
    const values = of.map((root) => code.root(root));
    accumulators.forEach((accumulator, k) => {
      accumulator.add(code.here, values[k]!);
    });
  };
  const store = (
    into: Code,
    accumulators: readonly Accumulator[],
    at: LinearForm,
    vectors?: Variation,
  ): void => {
    const code = codeFor(vectors);
    accumulators.forEach((accumulator, k) => {
      code.store(outputs[k]!, nodes[k]!.dtype, at, accumulator.value(into), into);
    });
  };

  const last = axes.at(-1);
  const vectors = new Variation(last?.axis ?? 0);
  const isWide = last !== undefined && last.extent >= 4 && vectors.allowsVectors(roots);
  const step = isWide && !reduced.has(last.axis) ? 4 : 1;
  nest.shareOut(kept.map((axis) => (axis === last ? { ...axis, step } : axis)));
  if (isWide && !reduced.has(last.axis)) {
    // Neighbouring elements are of neighbouring outputs.
    nest.nest(kept.slice(0, -1), nest.f.code, (outer) => {
      let done = 0;
      for (const blocks of [mostBlocks, 1]) {
        const width = 4 * blocks;
        const stop = last.extent - ((last.extent - done) % width);
        if (stop === done) continue;
        nest.loop({ ...last, step: width }, done, stop, outer, (into) => {
          const all = Array.from({ length: blocks }, () => begin(into, true));
          nest.nest(terms, into, () => {
            for (const [k, accumulators] of all.entries())
              add(accumulators, rootsAt(last.axis, 4 * k), vectors);
          });
          for (const [k, accumulators] of all.entries()) {
            store(into, accumulators, { ...place, constant: 4 * k }, vectors);
          }
        });
        done = stop;
      }
      if (done < last.extent) nest.loop(last, done, last.extent, outer, oneByOne);
    });
  } else if (isWide) {
    // Neighbouring elements are terms of one output.
    const whole = last.extent - (last.extent % 4);
    nest.nest(kept, nest.f.code, (into) => {
      const [four, one] = [begin(into, true), begin(into, false)];
      nest.nest(terms.slice(0, -1), into, (inner) => {
        nest.loop({ ...last, step: 4 }, 0, whole, inner, () => add(four, roots, vectors));
        if (whole < last.extent) nest.loop(last, whole, last.extent, inner, () => add(one, roots));
      });
      for (const [k, accumulator] of four.entries()) accumulator.foldInto(into, one[k]!);
      store(into, one, place);
    });
  } else nest.nest(kept, nest.f.code, oneByOne);
  return kernel.call();

  function oneByOne(into: Code): void {
    const accumulators = begin(into, false);
    nest.nest(terms, into, () => add(accumulators, roots));
    store(into, accumulators, place);
  }
}
