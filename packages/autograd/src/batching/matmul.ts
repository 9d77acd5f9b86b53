import { apply, moveAxis, mul, reshape, sum, swapAxes, type Tensor } from "@clidim/tensor";
import { type BatchRule, batched } from "./rule.js";

/** Many small products a [..., M, K] and b [..., K, N]. Those with vectors fill no tile of a kernel for products: they are sums of products, which fuse with what is around them. */
function products(a: Tensor, b: Tensor): Tensor {
  // A column times a row, as in the gradient of each example of a linear layer: nothing is summed.
  if (a.shape.at(-1) === 1) return mul(a, b);
  // Halves are summed in single precision by kernels for products alone.
  if (a.dtype === "f32" && b.shape.at(-1) === 1) {
    return sum(mul(a, swapAxes(b, -2, -1)), -1, { keepDims: true });
  }
  if (a.dtype === "f32" && a.shape.at(-2) === 1) {
    return sum(mul(swapAxes(a, -2, -1), b), -2, { keepDims: true });
  }
  return apply("matmul", [a, b], {});
}

/** One product: the examples are a batch where both operands differ, else more rows of a, or more columns of b. */
export const matmul: BatchRule<"matmul"> = ({ operands, size, output }) => {
  const [a, b] = [operands[0]!.tensor, operands[1]!.tensor];
  const batch = output.shape.slice(0, -2);
  const [rows, columns] = output.shape.slice(-2) as [number, number]; // of a product of matrices
  if (operands[0]!.batched && operands[1]!.batched) return batched(products(a, b));
  const place = batch.length;
  if (operands[0]!.batched) {
    // [...batch, B M, K]
    const stacked = reshape(moveAxis(a, 0, place), [...batch, size * rows, a.shape.at(-1)!]);
    const result = reshape(apply("matmul", [stacked, b], {}), [...batch, size, rows, columns]);
    return batched(moveAxis(result, place, 0));
  }
  // [...batch, K, B N]
  const beside = reshape(moveAxis(b, 0, place + 1), [...batch, b.shape.at(-2)!, size * columns]);
  const result = reshape(apply("matmul", [a, beside], {}), [...batch, rows, size, columns]);
  return batched(moveAxis(result, place + 1, 0));
};
