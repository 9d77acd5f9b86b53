import directSource from "../../../../../../shaders/conv2dWeightGradient.direct.wgsl?raw";
import { sizeOf } from "../../../shape.js";
import { elementKernels } from "./contractionElements.js";
import {
  conv2dWeightGradientGeometry,
  convFlops,
  directParameters,
  type NodeOf,
} from "./contractionGeometry.js";
import { splitGrid } from "./contractionGrid.js";
import { storeOf } from "./contractionStore.js";
import { parameterWords, readShader } from "./shader.js";
import type { Lowering } from "./step.js";

const shader = readShader("conv2dWeightGradient.direct.wgsl", directSource);
const kernel = elementKernels("conv2dWeightGradient direct", shader);

/** The pixels are split until there are about this many invocations, into parts of at least so many pixels. */
const wantedInvocations = 1 << 14;
const fewestPixels = 64;

/** conv2dWeightGradient of every geometry, one invocation per element of the result and part of the pixels. */
export const lowerConv2dWeightGradientDirect: Lowering<NodeOf<"conv2dWeightGradient">> = (
  node,
  id,
  graph,
  context,
) => {
  const g = conv2dWeightGradientGeometry(node, graph);
  const count = sizeOf(node.shape);
  const pixels = g.batch * g.outHeight * g.outWidth;
  const wantedParts = Math.min(wantedInvocations / Math.max(1, count), pixels / fewestPixels);
  const pixelsPerPart = Math.ceil(pixels / Math.max(1, Math.floor(wantedParts)));
  const parts = pixels === 0 ? 1 : Math.ceil(pixels / pixelsPerPart);
  const store = storeOf(id, 1, context, { count, parts });
  const [y, x] = splitGrid(Math.ceil(count / 64), context.traits);
  return [
    {
      kind: "dispatch",
      kernel: kernel({ operand: node.dtype, result: parts === 1 ? node.dtype : "f32" }, store),
      resources: [context.value(node.inputs[0]!), context.value(node.inputs[1]!), ...store.resources],
      parameters: parameterWords(shader, { ...directParameters(count, g), pixels, pixelsPerPart }),
      workgroups: [x, y, parts],
      flops: convFlops(g),
    },
  ];
};
