import type { Graph } from "../../primitives/graph.js";
import type { Fused } from "../fusion/fuse.js";
import type { Group } from "../fusion/group.js";
import { isReduction } from "../fusion/nodeKinds.js";
import type { FusionTarget } from "../fusion/target.js";
import { contractionKernel, partsOfContraction } from "./kernels/contraction.js";
import { elementwiseKernel } from "./kernels/elementwise.js";
import { type Kernel, mostTextures, mostWrites } from "./kernels/kernel.js";
import { partsOfReduction, reductionKernel } from "./kernels/reduction.js";

/** What a program does one after the other. */
export type Step =
  | { readonly kind: "kernel"; readonly kernel: Kernel }
  /** One node by its float64 reference, which needs whole rows. */
  | { readonly kind: "reference"; readonly node: number }
  /** A graph that runs others, or a kernel of the user's own, with those of its results that are used. */
  | { readonly kind: "program"; readonly node: number; readonly results: readonly number[] };

/** A kernel reads as many values as it has textures; reductions may be left in parts. */
export const target: FusionTarget = {
  maxBuffers: mostTextures,
  gpu: true,
  sharesOf: (node, operand) => ({ parts: partsOfReduction(node, operand), lanes: 1 }),
};

/** The steps that compute each group in turn. */
export const lowerGroups = ({ graph, groups, home }: Fused): Step[] =>
  groups.flatMap((group) => lowerGroup(group, graph, home));

/** As many at a time as one kernel writes. */
function inTurns(outputs: readonly number[]): number[][] {
  const turns: number[][] = [];
  for (let k = 0; k < outputs.length; k += mostWrites) turns.push(outputs.slice(k, k + mostWrites));
  return turns;
}

const kernelStep = (kernel: Kernel): Step => ({ kind: "kernel", kernel });

function lowerGroup(group: Group, graph: Graph, home: readonly (number | undefined)[]): Step[] {
  const { nodes } = graph;
  switch (group.kind) {
    case "elementwise": {
      // Reductions among them were left in parts.
      const rowsOf = new Map(
        group.outputs.flatMap((id): [number, number][] => {
          const node = nodes[id]!;
          return isReduction(node) ? [[id, partsOfReduction(node, nodes[node.inputs[0]!]!.shape)]] : [];
        }),
      );
      return inTurns(group.outputs).map((outputs) =>
        kernelStep(elementwiseKernel(outputs, graph, home, rowsOf)),
      );
    }
    case "reduce": {
      const first = nodes[group.outputs[0]!]!;
      if (!isReduction(first)) throw new Error(`${first.op} is not a reduction`);
      const parts = partsOfReduction(first, nodes[first.inputs[0]!]!.shape);
      return inTurns(group.outputs).map((outputs) =>
        kernelStep(reductionKernel(outputs, graph, home, parts)),
      );
    }
    case "contraction": {
      const { product } = group;
      const parts = partsOfContraction(nodes[product]!, graph);
      const sums = kernelStep(contractionKernel(product, graph, home, parts));
      if (parts === 1) return [sums];
      return [sums, kernelStep(elementwiseKernel([product], graph, home, new Map([[product, parts]])))];
    }
    case "rows":
      return group.outputs.map((node) => ({ kind: "reference", node }));
    case "program":
      return [{ kind: "program", node: group.program, results: group.outputs }];
    default:
      throw new Error(`unknown group ${group satisfies never}`);
  }
}
