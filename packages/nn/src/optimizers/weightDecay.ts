import { add, mul } from "@clidim/tensor";
import { atLeastZero, checkOptions, checkValue } from "../checkOptions.js";
import type { None } from "../layer.js";
import { checkedTransformation } from "./checked.js";
import { type Mask, mapChosen, maskOption } from "./mask.js";
import type { GradientTransformation } from "./optimizer.js";

export interface WeightDecayOptions {
  /** Which parameters decay. Default: all. */
  readonly mask?: Mask;
}

/** Adds `decay * parameter` to the gradient, the derivative of decay / 2 * |parameter|^2: PyTorch's `weight_decay` of SGD and Adam. */
export function weightDecay(decay: number, options: WeightDecayOptions = {}): GradientTransformation<None> {
  checkValue("weightDecay", "decay", decay, atLeastZero);
  checkOptions("weightDecay", options, { mask: maskOption });
  const { mask = () => true } = options;
  return checkedTransformation<None>("weightDecay", {
    init: () => ({}),
    update: (gradients, state, params) => ({
      gradients: mapChosen(
        mask,
        (gradient, parameter) => add(gradient, mul(parameter, decay)),
        gradients,
        params,
      ),
      state,
    }),
  });
}
