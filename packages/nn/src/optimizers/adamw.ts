import { mul, sub } from "@clidim/tensor";
import { atLeastZero, checkOptions } from "../checkOptions.js";
import { type AdamOptions, type AdamState, adam, adamOptions } from "./adam.js";
import { checkedOptimizer } from "./checked.js";
import { type Mask, mapChosen, maskOption } from "./mask.js";
import { learningRateAt, type Optimizer } from "./optimizer.js";

export interface AdamwOptions extends AdamOptions {
  /** Default 0.01. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly mask?: Mask;
}

/** Adam after w *= 1 - learningRate * weightDecay, which the averages do not see (Loshchilov and Hutter 2019): PyTorch's AdamW. */
export function adamw(given: AdamwOptions = {}): Optimizer<AdamState> {
  checkOptions("adamw", given, { ...adamOptions, weightDecay: atLeastZero, mask: maskOption });
  const { weightDecay = 0.01, mask = () => true, learningRate = 1e-3, ...options } = given;
  const inner = adam({ learningRate, ...options });
  return checkedOptimizer<AdamState>("adamw", {
    init: (params) => inner.init(params),
    update(gradients, state, params) {
      const keep = sub(1, mul(learningRateAt(learningRate, state.step), weightDecay));
      return inner.update(
        gradients,
        state,
        mapChosen(mask, (parameter) => mul(parameter, keep), params, params),
      );
    },
  });
}
