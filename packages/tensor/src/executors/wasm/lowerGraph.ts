import type { Graph } from "../../primitives/graph.js";
import type { Fused } from "../fusion/fuse.js";
import type { Group } from "../fusion/group.js";
import type { FusionTarget } from "../fusion/target.js";
import { conv2dKernel } from "./kernels/conv2d.js";
import { conv2dWeightGradientKernel } from "./kernels/conv2dWeightGradient.js";
import { convTranspose2dKernel } from "./kernels/convTranspose2d.js";
import { elementwiseKernel } from "./kernels/elementwise.js";
import type { KernelCall } from "./kernels/kernelCall.js";
import { matmulKernel } from "./kernels/matmul.js";
import { reductionKernel } from "./kernels/reduction.js";
import type { ModuleBuilder } from "./module/moduleBuilder.js";

/** What a program does one after the other. */
export type Step =
  | { readonly kind: "kernel"; readonly call: KernelCall }
  /** One node by its float64 reference, which needs whole rows. */
  | { readonly kind: "reference"; readonly node: number }
  /** A graph that runs others, with those of its results that are used. */
  | { readonly kind: "program"; readonly node: number; readonly results: readonly number[] };

/** A kernel's parameters are locals, of which an engine allows some thousands; nothing is gained by very long ones. */
export const target: FusionTarget = { maxBuffers: 64, gpu: false, sharesOf: () => ({ parts: 1, lanes: 1 }) };

/** Writes the kernels of a graph's groups into a module, and returns what calls those of each. */
export const lowerGroups = ({ graph, groups, home }: Fused, module: ModuleBuilder): Step[][] =>
  groups.map((group) => lowerGroup(group, graph, home, module));

function lowerGroup(
  group: Group,
  graph: Graph,
  home: readonly (number | undefined)[],
  module: ModuleBuilder,
): Step[] {
  switch (group.kind) {
    case "elementwise":
      return [{ kind: "kernel", call: elementwiseKernel(module, group.outputs, graph, home) }];
    case "reduce":
      return [{ kind: "kernel", call: reductionKernel(module, group.outputs, graph, home) }];
    case "contraction":
      return [{ kind: "kernel", call: contractionKernel(module, group.product, graph) }];
    case "rows":
      return group.outputs.map((node) => ({ kind: "reference", node }));
    case "program":
      return [{ kind: "program", node: group.program, results: group.outputs }];
    default:
      throw new Error(`unknown group ${group satisfies never}`);
  }
}

function contractionKernel(module: ModuleBuilder, id: number, graph: Graph): KernelCall {
  const { op } = graph.nodes[id]!;
  switch (op) {
    case "matmul":
      return matmulKernel(module, id, graph);
    case "conv2d":
      return conv2dKernel(module, id, graph);
    case "convTranspose2d":
      return convTranspose2dKernel(module, id, graph);
    case "conv2dWeightGradient":
      return conv2dWeightGradientKernel(module, id, graph);
    default:
      throw new Error(`${op} is not a contraction`);
  }
}
