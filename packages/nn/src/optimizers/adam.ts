import { add, cast, div, mul, sqrt, square, sub, type Tensor, zeros, zerosLike } from "@clidim/tensor";
import { type AcceptedOptions, atLeastZero, checkOptions, decayRate } from "../checkOptions.js";
import { mapLeaves } from "../mapLeaves.js";
import { checkedOptimizer } from "./checked.js";
import { moveAverage } from "./moveAverage.js";
import { oneMinusPower } from "./oneMinusPower.js";
import { type LearningRate, learningRateAt, learningRates, type Optimizer } from "./optimizer.js";
import type { LikeParams } from "./state.js";

export interface AdamOptions {
  /** Default 1e-3. */
  readonly learningRate?: LearningRate;
  /** Decay of the average of gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the average of squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the average square. Default 1e-8. */
  readonly epsilon?: number;
}

/** Steps done (i32), the averages of gradients `m` and of their squares `v`. */
export type AdamState = { readonly step: Tensor; readonly m: LikeParams; readonly v: LikeParams };

/** What these options may be. */
export const adamOptions: AcceptedOptions<AdamOptions> = {
  learningRate: learningRates,
  beta1: decayRate,
  beta2: decayRate,
  epsilon: atLeastZero,
};

/**
 * Adam (Kingma and Ba 2015) as PyTorch computes it, at step t = 1, 2, ...: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * w -= learningRate * (m / (1 - beta1^t)) / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
 */
export function adam(options: AdamOptions = {}): Optimizer<AdamState> {
  checkOptions("adam", options, adamOptions);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return checkedOptimizer<AdamState>("adam", {
    init: (params) => ({
      step: zeros([], "i32"),
      m: mapLeaves(zerosLike, params),
      v: mapLeaves(zerosLike, params),
    }),
    update(gradients, state, params) {
      const step = add(state.step, 1);
      const t = cast(step, "f32");
      // Scalars, computed once and broadcast.
      const rate = div(learningRateAt(learningRate, state.step), oneMinusPower(beta1, t));
      const correction = div(1, sqrt(oneMinusPower(beta2, t)));

      const m = mapLeaves((old, gradient) => moveAverage(old, gradient, beta1), state.m, gradients);
      const v = mapLeaves((old, gradient) => moveAverage(old, square(gradient), beta2), state.v, gradients);
      const change = mapLeaves(
        (first, second) => div(mul(first, rate), add(mul(sqrt(second), correction), epsilon)),
        m,
        v,
      );
      return { params: mapLeaves(sub, params, change), state: { step, m, v } };
    },
  });
}
