import directSource from "../../../../../../shaders/convTranspose2d.direct.wgsl?raw";
import { sizeOf } from "../../../shape.js";
import { elementKernels } from "./contractionElements.js";
import { convFlops, convTranspose2dGeometry, directParameters, type NodeOf } from "./contractionGeometry.js";
import { splitGrid } from "./contractionGrid.js";
import { storeOf } from "./contractionStore.js";
import { parameterWords, readShader } from "./shader.js";
import type { Lowering } from "./step.js";

const shader = readShader("convTranspose2d.direct.wgsl", directSource);
const kernel = elementKernels("convTranspose2d direct", shader);

/** convTranspose2d of every geometry, one invocation per element of the result. */
export const lowerConvTranspose2dDirect: Lowering<NodeOf<"convTranspose2d">> = (node, id, graph, context) => {
  const g = convTranspose2dGeometry(node, graph);
  const count = sizeOf(node.shape);
  const [y, x] = splitGrid(Math.ceil(count / 64), context.traits);
  const store = storeOf(id, 1, context);
  return [
    {
      kind: "dispatch",
      kernel: kernel({ operand: node.dtype, result: node.dtype }, store),
      resources: [context.value(node.inputs[0]!), context.value(node.inputs[1]!), ...store.resources],
      parameters: parameterWords(shader, directParameters(count, g)),
      workgroups: [x, y, 1],
      flops: convFlops(g),
    },
  ];
};
