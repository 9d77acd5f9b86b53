import { add, div, formatShape, mul, square, sub, sum, type Tensor } from "@clidim/tensor";
import { atLeastZero, checkOptions, flag } from "../checkOptions.js";
import { checkSameFloats } from "./operands.js";
import { type LossOptions, lossOptions, reduce } from "./reduction.js";

export interface DiceOptions extends LossOptions {
  /** Added to numerator and denominator, so that nothing found of nothing is a loss of 0. Default 1e-5. */
  readonly smooth?: number;
  /** The denominator has squares: Milletari et al., V-Net. Default false. */
  readonly squared?: boolean;
}

/**
 * 1 - (2 sum p t + smooth) / (sum p + sum t + smooth), sums over the spatial axes of probabilities p and targets t [N, ..., C]: one for
 * each sample and class, [N, C], before the reduction. MONAI's DiceLoss.
 */
export function dice(output: Tensor, target: Tensor, options: DiceOptions = {}): Tensor {
  const op = "dice";
  checkOptions(op, options, { ...lossOptions, smooth: atLeastZero, squared: flag });
  checkSameFloats(op, { output, target });
  if (output.shape.length < 3) {
    throw new Error(`${op}: expected probabilities of shape [N,...,C], got ${formatShape(output.shape)}`);
  }
  const { smooth = 1e-5, squared = false, reduction = "mean" } = options;
  const total = (x: Tensor): Tensor => sum(x, [...x.shape.keys()].slice(1, -1));
  const size = (x: Tensor): Tensor => total(squared ? square(x) : x);
  const both = add(mul(total(mul(output, target)), 2), smooth);
  return reduce(sub(1, div(both, add(add(size(output), size(target)), smooth))), reduction);
}
