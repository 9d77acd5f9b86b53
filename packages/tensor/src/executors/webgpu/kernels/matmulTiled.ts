import tiledSource from "../../../../../../shaders/matmul.tiled.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import { matmulFlops, matmulGeometry, type NodeOf } from "./contractionGeometry.js";
import { tiledProduct } from "./contractionTiles.js";
import { readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("matmul.tiled.wgsl", tiledSource);

/** matmul by tiles in workgroup memory, for GPUs; undefined beyond the grid's limits. */
export function lowerMatmulTiled(
  node: NodeOf<"matmul">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = matmulGeometry(node, graph);
  const { batch, rows, columns, depth } = g;
  const count = batch * rows * columns;
  return tiledProduct(
    {
      label: "matmul",
      shader,
      rows,
      columns,
      depth,
      items: batch,
      aAlongK: true,
      bAlongK: false,
      innermost: [depth, columns, columns],
      operands: [context.value(node.inputs[0]!), context.value(node.inputs[1]!)],
      id,
      dtype: node.dtype,
      count,
      flops: matmulFlops(g),
      parameters: { depth, batch },
    },
    context,
  );
}
