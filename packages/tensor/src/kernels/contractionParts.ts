import sumPartsSource from "../../../../shaders/sumParts.wgsl?raw";
import { splitGrid } from "./contractionGrid.js";
import type { KernelSource, LoweringContext, Resource, Step } from "./step.js";

const sumPartsKernel: KernelSource = {
  label: "sumParts",
  code: sumPartsSource,
  bindings: ["read", "write"],
  immediateSize: 8,
};

/** Adds up `parts` partial results of `count` elements, always in the same order. */
export function sumParts(
  partial: Resource,
  result: Resource,
  count: number,
  parts: number,
  context: LoweringContext,
): Step {
  const [y, x] = splitGrid(Math.ceil(count / 64), context.traits);
  return {
    kind: "dispatch",
    kernel: sumPartsKernel,
    resources: [partial, result],
    immediates: Uint32Array.of(count, parts),
    workgroups: [x, y, 1],
  };
}
