import type { Graph, GraphNode } from "../../../primitives/graph.js";
import { sizeOf } from "../../../shape.js";
import type { ModuleBuilder } from "../module/moduleBuilder.js";
import type { KernelCall } from "./kernelCall.js";
import type { Product } from "./product.js";
import { productKernel } from "./productKernel.js";

/** a [...batch, M, K] times b [...batch, K, N]. */
export function matmulKernel(module: ModuleBuilder, id: number, graph: Graph): KernelCall {
  const node = graph.nodes[id] as GraphNode & { readonly op: "matmul" };
  const [a, b] = node.inputs as readonly [number, number];
  const [m, n] = node.shape.slice(-2) as [number, number];
  const k = graph.nodes[a]!.shape.at(-1)!;
  const nothing = { extent: 1, source: 0, target: 0 };
  const product: Product = {
    repeats: { extent: sizeOf(node.shape.slice(0, -2)), source: m * k, weights: k * n, target: m * n },
    rows: [nothing, nothing, { extent: m, source: k, target: n }],
    runs: [
      { extent: 1, source: 0, weights: 0 },
      { extent: 1, source: 0, weights: 0 },
    ],
    length: k,
    along: n,
    columns: n,
    columnStride: 1,
    starts: { source: 0, weights: 0, target: 0 },
  };
  return productKernel(module, { name: "matmul", source: a, weights: b, target: id }, node, [product]);
}
