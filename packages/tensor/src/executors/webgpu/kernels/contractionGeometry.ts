import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { ConvParams } from "../../../primitives/params.js";
import { type Shape, sizeOf } from "../../../shape.js";

/** The node type of one primitive. */
export type NodeOf<P extends GraphNode["op"]> = Extract<GraphNode, { readonly op: P }>;

/** A convolution y = conv2d(x, weight) by numbers; its two adjoints are described by the same x, weight and y. */
export interface ConvGeometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outputs: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly top: number;
  readonly left: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly groups: number;
}

const convGeometry = (x: Shape, weight: Shape, y: Shape, params: ConvParams): ConvGeometry => ({
  batch: x[0]!,
  height: x[1]!,
  width: x[2]!,
  inputs: x[3]!,
  outHeight: y[1]!,
  outWidth: y[2]!,
  outputs: y[3]!,
  kernelHeight: weight[0]!,
  kernelWidth: weight[1]!,
  strideY: params.stride[0],
  strideX: params.stride[1],
  top: params.padding[0][0],
  left: params.padding[1][0],
  dilationY: params.dilation[0],
  dilationX: params.dilation[1],
  groups: params.groups,
});

const shapeOf = (graph: Graph, node: number): Shape => graph.nodes[node]!.shape;

export const conv2dGeometry = (node: NodeOf<"conv2d">, graph: Graph): ConvGeometry =>
  convGeometry(shapeOf(graph, node.inputs[0]!), shapeOf(graph, node.inputs[1]!), node.shape, node.params);

export const convTranspose2dGeometry = (node: NodeOf<"convTranspose2d">, graph: Graph): ConvGeometry =>
  convGeometry(node.shape, shapeOf(graph, node.inputs[1]!), shapeOf(graph, node.inputs[0]!), node.params);

export const conv2dWeightGradientGeometry = (
  node: NodeOf<"conv2dWeightGradient">,
  graph: Graph,
): ConvGeometry =>
  convGeometry(shapeOf(graph, node.inputs[0]!), node.shape, shapeOf(graph, node.inputs[1]!), node.params);

/** Multiplications and additions of a convolution or either of its adjoints, taps on the padding included. */
export const convFlops = (g: ConvGeometry): number =>
  2 * g.batch * g.outHeight * g.outWidth * g.outputs * g.kernelHeight * g.kernelWidth * (g.inputs / g.groups);

/** Whether the kernel is dense: one group, neighbouring taps. */
export const isDense = (g: ConvGeometry): boolean => g.groups === 1 && g.dilationY === 1 && g.dilationX === 1;

/** Two small numbers in one word of parameters. */
export const pair = (vertical: number, horizontal: number): number => vertical + horizontal * 0x10000;

/** The parameters that the direct kernels have in common; `count`: elements of the result. */
export const directParameters = (count: number, g: ConvGeometry): Readonly<Record<string, number>> => ({
  count,
  height: g.height,
  width: g.width,
  inputs: g.inputs,
  outHeight: g.outHeight,
  outWidth: g.outWidth,
  outputs: g.outputs,
  kernel: pair(g.kernelHeight, g.kernelWidth),
  stride: pair(g.strideY, g.strideX),
  dilation: pair(g.dilationY, g.dilationX),
  top: g.top,
  left: g.left,
  groups: g.groups,
});

/** What conv2d and its weight gradient by tiles are told of a geometry; `depth` is the length of their sums. */
export const tiledParameters = (depth: number, g: ConvGeometry): Readonly<Record<string, number>> => ({
  depth,
  height: g.height,
  width: g.width,
  inputs: g.inputs,
  outHeight: g.outHeight,
  outWidth: g.outWidth,
  kernelWidth: g.kernelWidth,
  stride: pair(g.strideY, g.strideX),
  dilation: pair(g.dilationY, g.dilationX),
  top: g.top,
  left: g.left,
});

/** A matrix product a [batch, rows, depth] x b [batch, depth, columns] by numbers. */
export interface MatmulGeometry {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

export function matmulGeometry(node: NodeOf<"matmul">, graph: Graph): MatmulGeometry {
  const batch = sizeOf(node.shape.slice(0, -2));
  return {
    batch,
    rows: node.shape.at(-2)!,
    columns: node.shape.at(-1)!,
    depth: shapeOf(graph, node.inputs[0]!).at(-1)!,
  };
}

/** Multiplications and additions of the product. */
export const matmulFlops = ({ batch, rows, columns, depth }: MatmulGeometry): number =>
  2 * batch * rows * columns * depth;
