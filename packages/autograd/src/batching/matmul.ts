import { apply, mul, reshape, type Tensor } from "@clidim/tensor";
import { type BatchRule, batched, moveAxis } from "./rule.js";

const product = (a: Tensor, b: Tensor): Tensor => apply("matmul", [a, b], {});

/** One product: the examples are a batch where both operands differ, else more rows of a, or more columns of b. */
export const matmul: BatchRule<"matmul"> = ({ operands, size, output }) => {
  const [a, b] = [operands[0]!.tensor, operands[1]!.tensor];
  const batch = output.shape.slice(0, -2);
  const [rows, columns] = output.shape.slice(-2) as [number, number]; // of a product of matrices
  if (operands[0]!.batched && operands[1]!.batched) {
    // Nothing is summed in a column times a row, as in the gradient of each example of a linear layer: it fuses with what it is used for.
    return batched(a.shape.at(-1) === 1 ? mul(a, b) : product(a, b));
  }
  const place = batch.length;
  if (operands[0]!.batched) {
    // [...batch, B M, K]
    const stacked = reshape(moveAxis(a, 0, place), [...batch, size * rows, a.shape.at(-1)!]);
    const result = reshape(product(stacked, b), [...batch, size, rows, columns]);
    return batched(moveAxis(result, place, 0));
  }
  // [...batch, K, B N]
  const beside = reshape(moveAxis(b, 0, place + 1), [...batch, b.shape.at(-2)!, size * columns]);
  const result = reshape(product(a, beside), [...batch, rows, size, columns]);
  return batched(moveAxis(result, place + 1, 0));
};
