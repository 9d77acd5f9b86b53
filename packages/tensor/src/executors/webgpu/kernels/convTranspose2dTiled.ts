import tiledSource from "../../../../../../shaders/convTranspose2d.tiled.wgsl?raw";
import type { Graph } from "../../../graph/graph.js";
import { sizeOf } from "../../../shape.js";
import { convFlops, convTranspose2dGeometry, isDense, type NodeOf, pair } from "./contractionGeometry.js";
import { tiledProduct } from "./contractionTiles.js";
import type { LoweringContext, Step } from "./step.js";

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
      source: tiledSource,
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
      immediates: (depthPerPart, parts) => [
        rows,
        g.inputs,
        count,
        depthPerPart,
        parts,
        g.height,
        g.width,
        g.outHeight,
        g.outWidth,
        g.outputs,
        pair(g.kernelHeight, g.kernelWidth),
        pair(g.strideY, g.strideX),
        g.top,
        g.left,
      ],
    },
    context,
  );
}
