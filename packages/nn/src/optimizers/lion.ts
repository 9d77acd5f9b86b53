import { add, mul, sign, sub, type Tensor, zeros, zerosLike } from "@clidim/tensor";
import { atLeastZero, checkOptions, decayRate } from "../checkOptions.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedOptimizer } from "./checked.js";
import { type Mask, mapChosen, maskOption } from "./mask.js";
import { moveAverage } from "./moveAverage.js";
import { type LearningRate, learningRateAt, learningRates, type Optimizer } from "./optimizer.js";
import type { LikeParams } from "./state.js";

export interface LionOptions {
  /** Default 1e-4. */
  readonly learningRate?: LearningRate;
  /** Share of the average in the direction. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the average. Default 0.99. */
  readonly beta2?: number;
  /** Decoupled, as in adamw. Default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: all. */
  readonly mask?: Mask;
}

/** Steps done (i32) and the average of gradients `m`. */
export type LionState = { readonly step: Tensor; readonly m: LikeParams };

/**
 * Lion (Chen et al. 2023): w -= learningRate * (sign(beta1 m + (1 - beta1) g) + weightDecay * w); then
 * m = beta2 m + (1 - beta2) g.
 */
export function lion(options: LionOptions = {}): Optimizer<LionState> {
  checkOptions("lion", options, {
    learningRate: learningRates,
    beta1: decayRate,
    beta2: decayRate,
    weightDecay: atLeastZero,
    mask: maskOption,
  });
  const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99, weightDecay = 0, mask = () => true } = options;
  return checkedOptimizer<LionState>("lion", {
    init: (params) => ({ step: zeros([], "i32"), m: mapLeaves(zerosLike, params) }),
    update(gradients, state, params) {
      const rate = learningRateAt(learningRate, state.step);
      const direction = mapLeaves((m, gradient) => sign(moveAverage(m, gradient, beta1)), state.m, gradients);
      const decayed =
        weightDecay === 0
          ? direction
          : mapChosen(mask, (leaf, parameter) => add(leaf, mul(parameter, weightDecay)), direction, params);
      return {
        params: mapLeaves((parameter, change) => sub(parameter, mul(change, rate)), params, decayed),
        state: {
          step: add(state.step, 1),
          m: mapLeaves((m, gradient) => moveAverage(m, gradient, beta2), state.m, gradients),
        },
      };
    },
  });
}
