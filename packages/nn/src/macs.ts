import { type Definition, type Shape, sizeOf, type Tensor } from "@clidim/tensor";
import { type GraphNode, reach } from "@clidim/tensor/graph";

/** Multiply-accumulates of one operation: of matrix products and convolutions; elementwise work is not counted. */
function macsOf(operation: Definition | GraphNode, shape: Shape, [a, b]: readonly Shape[]): number {
  switch (operation.op) {
    case "matmul":
      return sizeOf(shape) * a!.at(-1)!;
    case "conv2d":
      // Every output sums over a kernel of KH * KW * Cin / groups.
      return sizeOf(shape) * sizeOf(b!.slice(0, 3));
    case "convTranspose2d":
      // Every input spreads over as much.
      return sizeOf(a!) * sizeOf(b!.slice(0, 3));
    case "conv2dWeightGradient":
      return sizeOf(b!) * sizeOf(shape.slice(0, 3));
    case "scan": {
      const { body, length } = operation.params;
      const turn = body.nodes.map((node) => {
        const operands = node.inputs.map((input) => body.nodes[input]!.shape);
        return macsOf(node, node.shape, operands);
      });
      return length * turn.reduce((total, macs) => total + macs, 0);
    }
    default:
      return 0;
  }
}

/** Multiply-accumulates it takes to compute `output` from `from`. */
export const countMacs = (output: Tensor, from: Tensor): number =>
  reach([output], (tensor) => (tensor === from ? [] : tensor.definition.inputs))
    .filter((tensor) => tensor !== from)
    .reduce((total, { definition, shape }) => {
      const operands = definition.inputs.map((operand) => operand.shape);
      return total + macsOf(definition, shape, operands);
    }, 0);
