import textureSource from "../../../../../../shaders/conv2dWeightGradient.texture.wgsl?raw";
import type { Graph } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import { conv2dWeightGradientGeometry, convFlops, isDense, type NodeOf } from "./contractionGeometry.js";
import { storeOf } from "./contractionStore.js";
import { texelKernel, texelLayout, texelOperand } from "./contractionTexels.js";
import { parameterWords, readShader } from "./shader.js";
import type { LoweringContext, Step } from "./step.js";

const shader = readShader("conv2dWeightGradient.texture.wgsl", textureSource);

/** Few tiles are split over the pixels until there are this many workgroups, each with at least so many pixels. */
const wantedWorkgroups = 16;
const fewestPixels = 256;

/** Operands in storage textures, for software adapters; undefined where the geometry or the sizes do not allow it. */
export function lowerConv2dWeightGradientTexture(
  node: NodeOf<"conv2dWeightGradient">,
  id: number,
  graph: Graph,
  context: LoweringContext,
): Step[] | undefined {
  const g = conv2dWeightGradientGeometry(node, graph);
  const [x, y] = [node.inputs[0]!, node.inputs[1]!];
  const pixels = g.batch * g.outHeight * g.outWidth;
  const xForm = {
    outer: g.batch * g.height * g.width,
    rows: 1,
    channels: g.inputs,
    padRows: false,
    dtype: node.dtype,
  };
  const yForm = { outer: pixels, rows: 1, channels: g.outputs, padRows: false, dtype: node.dtype };
  const xLayout = texelLayout(xForm, context.traits);
  const yLayout = texelLayout(yForm, context.traits);
  const quads = g.kernelHeight * g.kernelWidth * Math.ceil(g.inputs / 4);
  const columns = g.outputs <= 4 ? 4 : 16;
  const tiles = [Math.ceil(g.outputs / columns), Math.ceil(quads / 8)] as const;
  if (
    !isDense(g) ||
    xLayout === undefined ||
    yLayout === undefined ||
    tiles[1] > context.traits.limits.maxComputeWorkgroupsPerDimension
  ) {
    return undefined;
  }

  const wantedParts = Math.ceil(wantedWorkgroups / (tiles[0] * tiles[1]));
  const pixelsPerPart =
    4 * Math.ceil(pixels / Math.max(1, Math.min(wantedParts, Math.floor(pixels / fewestPixels))) / 4);
  const parts = Math.ceil(pixels / pixelsPerPart);
  const parameters = parameterWords(shader, {
    rows: quads,
    columns: g.outputs,
    height: g.height,
    width: g.width,
    channels: g.inputs,
    outHeight: g.outHeight,
    outWidth: g.outWidth,
    kernelWidth: g.kernelWidth,
    strideY: g.strideY,
    strideX: g.strideX,
    top: g.top,
    left: g.left,
    pixels,
    pixelsPerPart,
    shiftA: xLayout.shift,
    shiftB: yLayout.shift,
  });
  const steps: Step[] = [];
  const a = texelOperand(x, xForm, xLayout, context, steps);
  const b = texelOperand(y, yForm, yLayout, context, steps);
  const store = storeOf(id, 4, context, { count: sizeOf(node.shape), parts });
  steps.push({
    kind: "dispatch",
    kernel: texelKernel(
      "conv2dWeightGradient",
      shader,
      g.outputs,
      {
        vectors: 4,
        columns,
      },
      parts === 1 ? node.dtype : "f32",
      store,
    ),
    resources: [a, b, ...store.resources],
    parameters,
    workgroups: [tiles[0], tiles[1], parts],
    flops: convFlops(g),
  });
  return steps;
}
