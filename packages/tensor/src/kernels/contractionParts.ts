import sumPartsSource from "../../../../shaders/sumParts.wgsl?raw";
import type { DType } from "../dtype.js";
import { elementKernels } from "./contractionElements.js";
import { splitGrid } from "./contractionGrid.js";
import type { LoweringContext, Resource, Step } from "./step.js";

const sumPartsKernel = elementKernels("sumParts", sumPartsSource, 8, ["read", "write"]);

/** Adds up `parts` partial results (f32) of `count` elements, always in the same order, to a result of type `dtype`. */
export function sumParts(
  partial: Resource,
  result: Resource,
  dtype: DType,
  count: number,
  parts: number,
  context: LoweringContext,
): Step {
  const [y, x] = splitGrid(Math.ceil(count / 64), context.traits);
  return {
    kind: "dispatch",
    kernel: sumPartsKernel({ operand: "f32", result: dtype }),
    resources: [partial, result],
    immediates: Uint32Array.of(count, parts),
    workgroups: [x, y, 1],
  };
}
