import { type Definition, type Shape, sizeOf, type Tensor } from "@clidim/tensor";
import { type Graph, type GraphNode, reach } from "@clidim/tensor/graph";

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
    case "scan":
      return operation.params.length * macsOfGraph(operation.params.body);
    case "cond":
      // The branch with the most.
      return Math.max(...operation.params.branches.map(macsOfGraph));
    case "whileLoop": {
      // As many turns as there can be.
      const { condition, body, maxSteps } = operation.params;
      return maxSteps * (macsOfGraph(condition) + macsOfGraph(body));
    }
    default:
      return 0;
  }
}

const macsOfGraph = ({ nodes }: Graph): number =>
  nodes.reduce(
    (total, node) =>
      total +
      macsOf(
        node,
        node.shape,
        node.inputs.map((input) => nodes[input]!.shape),
      ),
    0,
  );

/** Multiply-accumulates it takes to compute `outputs` from `from`. */
export const countMacs = (outputs: readonly Tensor[], from: Tensor): number =>
  reach(outputs, (tensor) => (tensor === from ? [] : tensor.definition.inputs))
    .filter((tensor) => tensor !== from)
    .reduce((total, { definition, shape }) => {
      const operands = definition.inputs.map((operand) => operand.shape);
      return total + macsOf(definition, shape, operands);
    }, 0);
