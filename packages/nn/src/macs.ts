import { sizeOf, type Tensor } from "@clidim/tensor";
import { reach } from "@clidim/tensor/graph";

/** Multiply-accumulates of one node: of matrix products and convolutions; elementwise work is not counted. */
function macsOf({ definition, shape }: Tensor): number {
  const [a, b] = definition.inputs;
  switch (definition.op) {
    case "matmul":
      return sizeOf(shape) * a!.shape.at(-1)!;
    case "conv2d":
      // Every output sums over a kernel of KH * KW * Cin / groups.
      return sizeOf(shape) * sizeOf(b!.shape.slice(0, 3));
    case "convTranspose2d":
      // Every input spreads over as much.
      return sizeOf(a!.shape) * sizeOf(b!.shape.slice(0, 3));
    case "conv2dWeightGradient":
      return sizeOf(b!.shape) * sizeOf(shape.slice(0, 3));
    default:
      return 0;
  }
}

/** Multiply-accumulates it takes to compute `output` from `from`. */
export const countMacs = (output: Tensor, from: Tensor): number =>
  reach([output], (tensor) => (tensor === from ? [] : tensor.definition.inputs))
    .filter((tensor) => tensor !== from)
    .reduce((total, tensor) => total + macsOf(tensor), 0);
