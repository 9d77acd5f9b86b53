import { add, div, mul, sqrt, square, sub, type Tensor, zeros, zerosLike } from "@clidim/tensor";
import { atLeastZero, checkOptions, decayRate } from "../checkOptions.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedOptimizer } from "./checked.js";
import { moveAverage } from "./moveAverage.js";
import { type LearningRate, learningRateAt, learningRates, type Optimizer } from "./optimizer.js";
import type { LikeParams } from "./state.js";

export interface RmspropOptions {
  /** Default 1e-2. */
  readonly learningRate?: LearningRate;
  /** Decay of the average of squared gradients, PyTorch's alpha. Default 0.99. */
  readonly decay?: number;
  /** Added to the root of the average square. Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly momentum?: number;
}

/** Steps done (i32), the average of squared gradients `v`, and `velocity`, absent without momentum. */
export type RmspropState = { readonly step: Tensor; readonly v: LikeParams; readonly velocity?: LikeParams };

/**
 * RMSprop (Hinton 2012) as PyTorch computes it: v = decay v + (1 - decay) g^2; velocity = momentum velocity + g / (sqrt(v) + epsilon);
 * w -= learningRate * velocity.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer<RmspropState> {
  checkOptions("rmsprop", options, {
    learningRate: learningRates,
    decay: decayRate,
    epsilon: atLeastZero,
    momentum: atLeastZero,
  });
  const { learningRate = 1e-2, decay = 0.99, epsilon = 1e-8, momentum = 0 } = options;
  return checkedOptimizer<RmspropState>("rmsprop", {
    init: (params) => ({
      step: zeros([], "i32"),
      v: mapLeaves(zerosLike, params),
      ...(momentum !== 0 && { velocity: mapLeaves(zerosLike, params) }),
    }),
    update(gradients, state, params) {
      const rate = learningRateAt(learningRate, state.step);
      const descend = (parameter: Tensor, direction: Tensor): Tensor => sub(parameter, mul(direction, rate));
      const step = add(state.step, 1);
      const v = mapLeaves((old, gradient) => moveAverage(old, square(gradient), decay), state.v, gradients);
      const scaled = mapLeaves((gradient, second) => div(gradient, add(sqrt(second), epsilon)), gradients, v);
      if (state.velocity === undefined)
        return { params: mapLeaves(descend, params, scaled), state: { step, v } };
      const velocity = mapLeaves(
        (old, direction) => add(mul(old, momentum), direction),
        state.velocity,
        scaled,
      );
      return { params: mapLeaves(descend, params, velocity), state: { step, v, velocity } };
    },
  });
}
