import directSource from "../../../../../../shaders/matmul.direct.wgsl?raw";
import { elementKernels } from "./contractionElements.js";
import { matmulFlops, matmulGeometry, type NodeOf } from "./contractionGeometry.js";
import { splitGrid } from "./contractionGrid.js";
import { storeOf } from "./contractionStore.js";
import { parameterWords, readShader } from "./shader.js";
import type { Lowering } from "./step.js";

const shader = readShader("matmul.direct.wgsl", directSource);
const kernel = elementKernels("matmul direct", shader);

/** matmul of every size, one invocation per element of the result. */
export const lowerMatmulDirect: Lowering<NodeOf<"matmul">> = (node, id, graph, context) => {
  const g = matmulGeometry(node, graph);
  const { batch, rows, columns, depth } = g;
  const count = batch * rows * columns;
  const [y, x] = splitGrid(Math.ceil(count / 64), context.traits);
  const store = storeOf(id, 1, context);
  return [
    {
      kind: "dispatch",
      kernel: kernel({ operand: node.dtype, result: node.dtype }, store),
      resources: [context.value(node.inputs[0]!), context.value(node.inputs[1]!), ...store.resources],
      parameters: parameterWords(shader, { count, rows, columns, depth }),
      workgroups: [x, y, 1],
      flops: matmulFlops(g),
    },
  ];
};
