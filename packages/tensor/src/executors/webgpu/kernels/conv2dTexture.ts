import textureSource from "../../../../../../shaders/conv2d.texture.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import { conv2dGeometry, convFlops, isDense, type NodeOf } from "./contractionGeometry.js";
import { splitGrid } from "./contractionGrid.js";
import { storeOf } from "./contractionStore.js";
import { texelKernel, texelLayout, texelOperand, texelTile } from "./contractionTexels.js";
import { parameterWords, readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("conv2d.texture.wgsl", textureSource);

/** Operands in storage textures, for software adapters; undefined where the geometry or the sizes do not allow it. */
export function lowerConv2dTexture(
  node: NodeOf<"conv2d">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = conv2dGeometry(node, graph);
  const [x, weight] = [node.inputs[0]!, node.inputs[1]!];
  const pixelTexels = Math.ceil(g.inputs / 4);
  const xForm = {
    outer: g.batch * g.height * g.width,
    rows: 1,
    channels: g.inputs,
    padRows: false,
    dtype: node.dtype,
  };
  const weightForm = {
    outer: g.kernelHeight * g.kernelWidth,
    rows: g.inputs,
    channels: g.outputs,
    padRows: true,
    dtype: node.dtype,
  };
  const xLayout = texelLayout(xForm, context.traits);
  const weightLayout = texelLayout(weightForm, context.traits);
  if (!isDense(g) || xLayout === undefined || weightLayout === undefined) return undefined;

  const rows = g.batch * g.outHeight * g.outWidth;
  const depth = g.kernelHeight * g.kernelWidth * g.inputs;
  const tile = texelTile("conv2d", { rows, columns: g.outputs, depth }, context);
  const parameters = parameterWords(shader, {
    rows,
    columns: g.outputs,
    height: g.height,
    rowTexels: g.width * pixelTexels,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
    kernelHeight: g.kernelHeight,
    runTexels: g.kernelWidth * pixelTexels,
    strideY: g.strideY,
    strideTexels: g.strideX * pixelTexels,
    top: g.top,
    leftTexels: g.left * pixelTexels,
    shiftA: xLayout.shift,
    shiftB: weightLayout.shift,
  });
  const steps: Step[] = [];
  const a = texelOperand(x, xForm, xLayout, context, steps);
  const b = texelOperand(weight, weightForm, weightLayout, context, steps);
  const [rowTiles, high] = splitGrid(Math.ceil(rows / (8 * tile.vectors)), context.traits);
  const store = storeOf(id, 4, context);
  steps.push({
    kind: "dispatch",
    kernel: texelKernel("conv2d", shader, g.outputs, tile, node.dtype, store),
    resources: [a, b, ...store.resources],
    parameters,
    workgroups: [Math.ceil(g.outputs / tile.columns), rowTiles, high],
    flops: convFlops(g),
  });
  return steps;
}
