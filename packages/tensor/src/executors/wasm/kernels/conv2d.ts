import type { Graph, GraphNode } from "../../../primitives/graph.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";
import { paddedImages } from "./paddedImages.js";
import type { Product } from "./product.js";
import { productKernel } from "./productKernel.js";

/** Images in zeros, of which each pixel of the result takes a window: a run of channels for each tap. */
export function conv2dKernel(module: ModuleBuilder, id: number, graph: Graph): KernelCall {
  const node = graph.nodes[id] as GraphNode & { readonly op: "conv2d" };
  const [x, weight] = node.inputs as readonly [number, number];
  const { stride, padding, dilation, groups } = node.params;
  const images = graph.nodes[x]!.shape;
  const [kernelHeight, kernelWidth, inputs, outputs] = graph.nodes[weight]!.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  const [count, height, width] = node.shape as readonly [number, number, number, number];
  const padded = paddedImages(images, padding);
  const [image, row, column] = padded.strides;
  const product: Product = {
    repeats: { extent: groups, source: inputs, weights: outputs / groups, target: outputs / groups },
    rows: [
      { extent: count, source: image, target: height * width * outputs },
      { extent: height, source: stride[0] * row, target: width * outputs },
      { extent: width, source: stride[1] * column, target: outputs },
    ],
    runs: [
      { extent: kernelHeight, source: dilation[0] * row, weights: kernelWidth * inputs * outputs },
      { extent: kernelWidth, source: dilation[1] * column, weights: inputs * outputs },
    ],
    length: inputs,
    along: outputs,
    columns: outputs / groups,
    columnStride: 1,
    starts: { source: 0, weights: 0, target: 0 },
  };
  const nodes = {
    name: "conv2d",
    source: x,
    weights: weight,
    target: id,
    images: { shape: images, padding },
  };
  return productKernel(module, nodes, node, [product]);
}
