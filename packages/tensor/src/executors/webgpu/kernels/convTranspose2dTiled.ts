import tiledSource from "../../../../../../shaders/convTranspose2d.tiled.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import { convFlops, convTranspose2dGeometry, isDense, type NodeOf, pair } from "./contractionGeometry.js";
import { tiledProduct } from "./contractionTiles.js";
import { readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("convTranspose2d.tiled.wgsl", tiledSource);

/** convTranspose2d by phases, for GPUs; undefined for groups, dilation and beyond the grid's limits. */
export function lowerConvTranspose2dTiled(
  node: NodeOf<"convTranspose2d">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = convTranspose2dGeometry(node, graph);
  if (!isDense(g)) return undefined;
  const rows = g.batch * Math.ceil(g.height / g.strideY) * Math.ceil(g.width / g.strideX);
  const count = sizeOf(node.shape);
  return tiledProduct(
    {
      label: "convTranspose2d",
      shader,
      rows,
      columns: g.inputs,
      // Of the phase with the most taps.
      depth: Math.ceil(g.kernelHeight / g.strideY) * Math.ceil(g.kernelWidth / g.strideX) * g.outputs,
      items: g.strideY * g.strideX,
      aAlongK: true,
      bAlongK: true,
      innermost: [g.outputs, g.outputs, g.inputs],
      operands: [context.value(node.inputs[0]!), context.value(node.inputs[1]!)],
      id,
      dtype: node.dtype,
      count,
      flops: convFlops(g),
      parameters: {
        count,
        height: g.height,
        width: g.width,
        inHeight: g.outHeight,
        inWidth: g.outWidth,
        inputs: g.outputs,
        kernel: pair(g.kernelHeight, g.kernelWidth),
        stride: pair(g.strideY, g.strideX),
        top: g.top,
        left: g.left,
      },
    },
    context,
  );
}
