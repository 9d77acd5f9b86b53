import directSource from "../../../../shaders/matmul.direct.wgsl?raw";
import { matmulGeometry, type NodeOf } from "./contractionGeometry.js";
import { splitGrid } from "./contractionGrid.js";
import type { KernelSource, Lowering } from "./step.js";

const kernel: KernelSource = {
  label: "matmul direct",
  code: directSource,
  bindings: ["read", "read", "write"],
  immediateSize: 16,
};

/** matmul of every size, one invocation per element of the result. */
export const lowerMatmulDirect: Lowering<NodeOf<"matmul">> = (node, id, graph, context) => {
  const { batch, rows, columns, depth } = matmulGeometry(node, graph);
  const count = batch * rows * columns;
  const [y, x] = splitGrid(Math.ceil(count / 64), context.traits);
  return [
    {
      kind: "dispatch",
      kernel,
      resources: [context.value(node.inputs[0]!), context.value(node.inputs[1]!), context.value(id)],
      immediates: Uint32Array.of(count, rows, columns, depth),
      workgroups: [x, y, 1],
      flops: 2 * count * depth,
    },
  ];
};
