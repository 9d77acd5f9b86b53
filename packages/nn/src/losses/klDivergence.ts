import { exp, gt, log, mul, sub, sum, type Tensor, where } from "@clidim/tensor";
import { checkOptions, flag, oneOf } from "../checkOptions.js";
import { checkTarget, type Reduction, reduce } from "./reduction.js";

export interface KlDivergenceOptions {
  /** "batchMean" divides the sum by the extent of the first axis, the divergence per sample. Default "mean", over elements. */
  readonly reduction?: Reduction | "batchMean";
  /** The target, too, is given as log-probabilities. Default false. */
  readonly logTarget?: boolean;
}

/**
 * target (log target - output) for log-probabilities `output` and probabilities `target`; a target of 0 counts as 0. PyTorch's
 * KLDivLoss.
 */
export function klDivergence(output: Tensor, target: Tensor, options: KlDivergenceOptions = {}): Tensor {
  checkOptions("klDivergence", options, {
    reduction: oneOf("mean", "sum", "none", "batchMean"),
    logTarget: flag,
  });
  const { reduction = "mean", logTarget = false } = options;
  checkTarget("klDivergence", output, target);
  const values = logTarget ? mul(exp(target), sub(target, output)) : ofProbabilities(output, target);
  if (reduction !== "batchMean") return reduce(values, reduction);
  if (output.shape.length === 0) throw new Error("klDivergence: batchMean needs a batch axis, got a scalar");
  return mul(sum(values), 1 / output.shape[0]!);
}

function ofProbabilities(output: Tensor, target: Tensor): Tensor {
  const entropy = mul(target, log(where(gt(target, 0), target, 1)));
  return sub(entropy, mul(target, output));
}
