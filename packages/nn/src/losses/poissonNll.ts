import { add, exp, gt, log, mul, sub, type Tensor, where } from "@clidim/tensor";
import { aboveZero, checkOptions, flag } from "../checkOptions.js";
import { checkSameFloats } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface PoissonNllOptions extends LossOptions {
  /** The output is the logarithm of the rate. Default true. */
  readonly logInput?: boolean;
  /** With Stirling's t log t - t + log(2 pi t) / 2 for targets t above 1. Default false. */
  readonly full?: boolean;
  /** Added to the rate before its logarithm is taken. Default 1e-8. */
  readonly epsilon?: number;
}

/** rate - target log(rate), the output being log(rate), or the rate: PyTorch's PoissonNLLLoss. */
export function poissonNll(output: Tensor, target: Tensor, options: PoissonNllOptions = {}): Tensor {
  const op = "poissonNll";
  checkOptions(op, options, { ...lossOptions, logInput: flag, full: flag, epsilon: aboveZero });
  checkSameFloats(op, { output, target });
  const { logInput = true, full = false, epsilon = 1e-8, reduction = "mean" } = options;
  const loss = logInput
    ? sub(exp(output), mul(target, output))
    : sub(output, mul(target, log(add(output, epsilon))));
  if (!full) return reduce(loss, reduction);
  const many = gt(target, 1);
  const t = where(many, target, 1);
  const stirling = add(sub(mul(t, log(t)), t), mul(log(mul(t, 2 * Math.PI)), 0.5));
  return reduce(add(loss, where(many, stirling, 0)), reduction);
}
