import { coalesce } from "../../fusion/coalesce.js";
import type { LinearForm } from "../../fusion/linearForm.js";
import { ExpressionText } from "./expressionText.js";
import { decompose } from "./indices.js";
import { KernelText } from "./kernelText.js";

/** An axis of the loops, which may be several of the shape's. */
export interface LoopAxis {
  readonly axis: number;
  readonly extent: number;
}

/** The text of a kernel of reductions before its first line, and the axes that it goes over. */
export interface ReductionLoops {
  readonly text: KernelText;
  readonly expressions: ExpressionText;
  /** Of the outputs, and of the terms of each. */
  readonly keptAxes: readonly LoopAxis[];
  readonly reducedAxes: readonly LoopAxis[];
  /** Whether neighbouring elements are of neighbouring outputs; else they are neighbouring terms of one. */
  readonly keptInnermost: boolean;
  /** Prints the coordinates along some axes of what has this number among their elements. */
  coordinates(linear: string, of: readonly LoopAxis[]): void;
}

/** For reductions over some axes of a shape, from which elements are read by these forms. */
export function reductionLoops(
  shape: readonly number[],
  reduced: ReadonlySet<number>,
  forms: readonly LinearForm[],
): ReductionLoops {
  const { extents, innermost } = coalesce(shape, forms, (axis) => reduced.has(axis));
  const axes = innermost.map((axis, k) => ({ axis, extent: extents[k]!, name: `i${k}` }));
  const nameOf = (axis: number): string | undefined => axes.find((one) => one.axis === axis)?.name;
  const keptAxes = axes.filter(({ axis }) => !reduced.has(axis));
  const reducedAxes = axes.filter(({ axis }) => reduced.has(axis));
  const text = new KernelText();
  const expressions = new ExpressionText(text, {
    axes: shape.map((_, axis) => nameOf(axis)),
    invariant: new Set(keptAxes.map(({ axis }) => axis)),
  });
  return {
    ...{ text, expressions, keptAxes, reducedAxes },
    keptInnermost: keptAxes.length > 0 && keptAxes.at(-1) === axes.at(-1),
    coordinates(linear, of) {
      const along = of.map(({ extent }) => extent);
      if (of.length > 0) decompose(text, linear, along, (k) => nameOf(of[k]!.axis)!); // all are of the loops
    },
  };
}
