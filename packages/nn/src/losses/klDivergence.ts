import { gt, log, mul, sub, sum, type Tensor, where } from "@clidim/tensor";
import { checkTarget, type Reduction, reduce } from "./reduction.js";

export interface KlDivergenceOptions {
  /** "batchMean" divides the sum by the extent of the first axis, the divergence per sample. Default "mean", over elements. */
  readonly reduction?: Reduction | "batchMean";
}

/**
 * target (log target - output) for log-probabilities `output` and probabilities `target`; a target of 0 counts as 0. PyTorch's
 * KLDivLoss.
 */
export function klDivergence(
  output: Tensor,
  target: Tensor,
  { reduction = "mean" }: KlDivergenceOptions = {},
): Tensor {
  checkTarget("klDivergence", output, target);
  const possible = gt(target, 0);
  const entropy = mul(target, log(where(possible, target, 1)));
  const values = sub(entropy, mul(target, output));
  if (reduction !== "batchMean") return reduce(values, reduction);
  if (output.shape.length === 0) throw new Error("klDivergence: batchMean needs a batch axis, got a scalar");
  return mul(sum(values), 1 / output.shape[0]!);
}
