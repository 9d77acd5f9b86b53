import { add, div, log, maximum, mul, square, stopGradient, sub, type Tensor } from "@clidim/tensor";
import { aboveZero, checkOptions, flag } from "../checkOptions.js";
import { checkSameFloats } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface GaussianNllOptions extends LossOptions {
  /** With the constant log(2 pi) / 2. Default false. */
  readonly full?: boolean;
  /** The least variance; gradients take no notice of it. Default 1e-6. */
  readonly epsilon?: number;
}

/** (log v + (output - target)^2 / v) / 2 with the variance v = max(variance, epsilon): PyTorch's GaussianNLLLoss, all of one shape. */
export function gaussianNll(
  output: Tensor,
  target: Tensor,
  variance: Tensor,
  options: GaussianNllOptions = {},
): Tensor {
  const op = "gaussianNll";
  checkOptions(op, options, { ...lossOptions, full: flag, epsilon: aboveZero });
  checkSameFloats(op, { output, target, variance });
  const { full = false, epsilon = 1e-6, reduction = "mean" } = options;
  const v = add(variance, stopGradient(sub(maximum(variance, epsilon), variance)));
  const loss = mul(add(log(v), div(square(sub(output, target)), v)), 0.5);
  return reduce(full ? add(loss, Math.log(2 * Math.PI) / 2) : loss, reduction);
}
