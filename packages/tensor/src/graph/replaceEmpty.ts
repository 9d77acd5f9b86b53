import type { Graph, GraphNode } from "../primitives/graph.js";
import { type Shape, sizeOf } from "../shape.js";

const isEmpty = (shape: Shape): boolean => sizeOf(shape) === 0;

/**
 * The graph without operations on empty values, which kernels do not know: a value without elements is `full` of its shape, and what has elements although an operand has none is
 * what the operation makes of nothing: ones for a product, zeros for all others, or its other operands in a `concat`. Empty values remain as inputs and outputs alone.
 */
export function replaceEmpty(graph: Graph): Graph {
  if (graph.nodes.every(({ shape }) => !isEmpty(shape))) return graph;
  const emptyAt = (id: number): boolean => isEmpty(graph.nodes[id]!.shape);
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.op === "input") return node;
    if (isEmpty(node.shape)) return uniform(node, 0);
    if (!node.inputs.some(emptyAt)) return node;
    switch (node.op) {
      case "concat":
      case "barrier":
      case "customVjp":
        // The value of the last two is the first operand, which has elements as the result does.
        return { ...node, inputs: node.inputs.filter((operand) => !emptyAt(operand)) };
      case "kernel":
        return node;
      case "scan":
      case "cond":
      case "whileLoop":
        // Their graphs are looked at when they are compiled.
        return node;
      case "sum":
      case "pad":
      case "scatterAdd":
      case "matmul":
      case "conv2d":
      case "convTranspose2d":
      case "conv2dWeightGradient":
        return uniform(node, 0);
      case "prod":
        return uniform(node, 1);
      default:
        throw new Error(`${node.op}: cannot have elements where an operand has none`);
    }
  });
  return { nodes, inputs: graph.inputs, outputs: graph.outputs };
}

const uniform = ({ shape, dtype }: GraphNode, value: number): GraphNode => ({
  op: "full",
  inputs: [],
  params: { value, shape, dtype },
  shape,
  dtype,
});
