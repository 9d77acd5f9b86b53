import tiledSource from "../../../../../../shaders/conv2dWeightGradient.tiled.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import {
  conv2dWeightGradientGeometry,
  convFlops,
  type NodeOf,
  tiledParameters,
} from "./contractionGeometry.js";
import { tiledProduct } from "./contractionTiles.js";
import { readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("conv2dWeightGradient.tiled.wgsl", tiledSource);

/** conv2dWeightGradient as a matrix product over the output pixels, for GPUs; undefined for groups and beyond the grid's limits. */
export function lowerConv2dWeightGradientTiled(
  node: NodeOf<"conv2dWeightGradient">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = conv2dWeightGradientGeometry(node, graph);
  if (g.groups > 1) return undefined;
  const rows = g.kernelHeight * g.kernelWidth * g.inputs;
  const depth = g.batch * g.outHeight * g.outWidth;
  return tiledProduct(
    {
      label: "conv2dWeightGradient",
      shader,
      rows,
      columns: g.outputs,
      depth,
      items: 1,
      aAlongK: false,
      bAlongK: false,
      innermost: [g.inputs, g.outputs, g.outputs],
      operands: [context.value(node.inputs[0]!), context.value(node.inputs[1]!)],
      id,
      dtype: node.dtype,
      count: rows * g.outputs,
      flops: convFlops(g),
      parameters: tiledParameters(depth, g),
    },
    context,
  );
}
