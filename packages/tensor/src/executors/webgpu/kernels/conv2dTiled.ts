import tiledSource from "../../../../../../shaders/conv2d.tiled.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import { conv2dGeometry, convFlops, type NodeOf, tiledParameters } from "./contractionGeometry.js";
import { tiledProduct } from "./contractionTiles.js";
import { readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("conv2d.tiled.wgsl", tiledSource);

/** conv2d as an implicit matrix product, for GPUs; undefined for groups and beyond the grid's limits. */
export function lowerConv2dTiled(
  node: NodeOf<"conv2d">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = conv2dGeometry(node, graph);
  if (g.groups > 1) return undefined;
  const rows = g.batch * g.outHeight * g.outWidth;
  const depth = g.kernelHeight * g.kernelWidth * g.inputs;
  return tiledProduct(
    {
      label: "conv2d",
      shader,
      rows,
      columns: g.outputs,
      depth,
      items: 1,
      aAlongK: true,
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
