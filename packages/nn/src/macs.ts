import { sizeOf, type Tensor } from "@clidim/tensor";

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
export function countMacs(output: Tensor, from: Tensor): number {
  const seen = new Set<Tensor>([from]);
  const open = [output];
  let total = 0;
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    total += macsOf(node);
    open.push(...node.definition.inputs);
  }
  return total;
}
