import textureSource from "../../../../../../shaders/convTranspose2d.texture.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import { convFlops, convTranspose2dGeometry, isDense, type NodeOf } from "./contractionGeometry.js";
import { splitGrid } from "./contractionGrid.js";
import { storeOf } from "./contractionStore.js";
import { texelKernel, texelLayout, texelOperand, texelTile } from "./contractionTexels.js";
import { parameterWords, readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("convTranspose2d.texture.wgsl", textureSource);

/** Operands in storage textures, for software adapters; undefined where the geometry or the sizes do not allow it. */
export function lowerConvTranspose2dTexture(
  node: NodeOf<"convTranspose2d">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = convTranspose2dGeometry(node, graph);
  const [y, weight] = [node.inputs[0]!, node.inputs[1]!];
  const yForm = {
    outer: g.batch * g.outHeight * g.outWidth,
    rows: 1,
    channels: g.outputs,
    padRows: false,
    dtype: node.dtype,
  };
  const weightForm = {
    outer: g.kernelHeight * g.kernelWidth,
    rows: g.inputs,
    channels: g.outputs,
    padRows: false,
    dtype: node.dtype,
  };
  const yLayout = texelLayout(yForm, context.traits);
  const weightLayout = texelLayout(weightForm, context.traits);
  if (!isDense(g) || yLayout === undefined || weightLayout === undefined) return undefined;

  const rows = g.batch * Math.ceil(g.height / g.strideY) * Math.ceil(g.width / g.strideX);
  const depth = g.kernelHeight * g.kernelWidth * g.outputs;
  const tile = texelTile("convTranspose2d", { rows, columns: g.inputs, depth }, context);
  const parameters = parameterWords(shader, {
    rows,
    columns: g.inputs,
    height: g.height,
    width: g.width,
    inHeight: g.outHeight,
    inWidth: g.outWidth,
    pixelTexels: Math.ceil(g.outputs / 4),
    kernelHeight: g.kernelHeight,
    kernelWidth: g.kernelWidth,
    strideY: g.strideY,
    strideX: g.strideX,
    top: g.top,
    left: g.left,
    shiftA: yLayout.shift,
    shiftB: weightLayout.shift,
  });
  const steps: Step[] = [];
  const a = texelOperand(y, yForm, yLayout, context, steps);
  const b = texelOperand(weight, weightForm, weightLayout, context, steps);
  const [rowTiles, high] = splitGrid(Math.ceil(rows / (8 * tile.vectors)), context.traits);
  const store = storeOf(id, 4, context);
  steps.push({
    kind: "dispatch",
    kernel: texelKernel("convTranspose2d", shader, g.inputs, tile, node.dtype, store),
    resources: [a, b, ...store.resources],
    parameters,
    workgroups: [Math.ceil(g.inputs / tile.columns), rowTiles, high * g.strideY * g.strideX],
    flops: convFlops(g),
  });
  return steps;
}
