import { add, mul, sub, type Tensor, zeros, zerosLike } from "@clidim/tensor";
import { atLeastZero, checkOptions, flag } from "../checkOptions.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedOptimizer } from "./checked.js";
import { type LearningRate, learningRateAt, learningRates, type Optimizer } from "./optimizer.js";
import type { LikeParams } from "./state.js";

export interface SgdOptions {
  /** Default 1e-3. */
  readonly learningRate?: LearningRate;
  /** Default 0. */
  readonly momentum?: number;
  /** Look ahead by one step of momentum. Default false. */
  readonly nesterov?: boolean;
}

/** `velocity` is absent without momentum. */
export type SgdState = { readonly step: Tensor; readonly velocity?: LikeParams };

/**
 * Stochastic gradient descent as PyTorch computes it: velocity = momentum * velocity + g; w -= learningRate * velocity, or with
 * Nesterov w -= learningRate * (g + momentum * velocity).
 */
export function sgd(options: SgdOptions = {}): Optimizer<SgdState> {
  checkOptions("sgd", options, { learningRate: learningRates, momentum: atLeastZero, nesterov: flag });
  const { learningRate = 1e-3, momentum = 0, nesterov = false } = options;
  if (nesterov && momentum === 0) throw new Error("sgd: nesterov needs a momentum above 0");
  return checkedOptimizer<SgdState>("sgd", {
    init: (params) => ({
      step: zeros([], "i32"),
      ...(momentum !== 0 && { velocity: mapLeaves(zerosLike, params) }),
    }),
    update(gradients, state, params) {
      const rate = learningRateAt(learningRate, state.step);
      const descend = (parameter: Tensor, direction: Tensor): Tensor => sub(parameter, mul(direction, rate));
      const step = add(state.step, 1);
      if (state.velocity === undefined) {
        return { params: mapLeaves(descend, params, gradients), state: { step } };
      }
      const velocity = mapLeaves(
        (old, gradient) => add(mul(old, momentum), gradient),
        state.velocity,
        gradients,
      );
      const direction = nesterov
        ? mapLeaves((gradient, speed) => add(gradient, mul(speed, momentum)), gradients, velocity)
        : velocity;
      return { params: mapLeaves(descend, params, direction), state: { step, velocity } };
    },
  });
}
