import textureSource from "../../../../../../shaders/matmul.texture.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import { matmulFlops, matmulGeometry, type NodeOf } from "./contractionGeometry.js";
import { splitGrid } from "./contractionGrid.js";
import { storeOf } from "./contractionStore.js";
import { texelKernel, texelLayout, texelOperand, texelTile } from "./contractionTexels.js";
import { parameterWords, readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("matmul.texture.wgsl", textureSource);

/** Operands in storage textures, for software adapters; undefined where the sizes do not allow it. */
export function lowerMatmulTexture(
  node: NodeOf<"matmul">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = matmulGeometry(node, graph);
  const { batch, rows, columns, depth } = g;
  const aForm = { outer: batch * rows, rows: 1, channels: depth, padRows: false, dtype: node.dtype };
  const bForm = { outer: batch, rows: depth, channels: columns, padRows: true, dtype: node.dtype };
  const aLayout = texelLayout(aForm, context.traits);
  const bLayout = texelLayout(bForm, context.traits);
  const tile = texelTile("matmul", { rows, columns, depth }, context);
  const [rowTiles, high] = splitGrid(Math.ceil(rows / (8 * tile.vectors)), context.traits);
  if (
    aLayout === undefined ||
    bLayout === undefined ||
    batch * high > context.traits.limits.maxComputeWorkgroupsPerDimension
  ) {
    return undefined;
  }
  const steps: Step[] = [];
  const a = texelOperand(node.inputs[0]!, aForm, aLayout, context, steps);
  const b = texelOperand(node.inputs[1]!, bForm, bLayout, context, steps);
  const parameters = parameterWords(shader, {
    rows,
    columns,
    runTexels: Math.ceil(depth / 4),
    batch,
    shiftA: aLayout.shift,
    shiftB: bLayout.shift,
  });
  const store = storeOf(id, 4, context);
  steps.push({
    kind: "dispatch",
    kernel: texelKernel("matmul", shader, columns, tile, node.dtype, store),
    resources: [a, b, ...store.resources],
    parameters,
    workgroups: [Math.ceil(columns / tile.columns), rowTiles, batch * high],
    flops: matmulFlops(g),
  });
  return steps;
}
