import {
  abs,
  add,
  and,
  cast,
  div,
  flatten,
  full,
  ge,
  le,
  maximum,
  mul,
  sum,
  type Tensor,
  type Tree,
  where,
  zeros,
} from "@clidim/tensor";
import { checkOptions, finite } from "../checkOptions.js";
import { mapLeaves } from "../mapLeaves.js";
import type { Optimizer } from "./optimizer.js";
import type { State } from "./state.js";

export interface LossScalingOptions {
  /** The scale at the start. Default 65536. Powers of two cost no digits. */
  readonly initial?: number;
  /** Factor of the scale after `interval` steps without an overflow. Default 2. */
  readonly growth?: number;
  /** Factor of the scale after a step with one. Default 0.5. */
  readonly backoff?: number;
  /** Default 2000. */
  readonly interval?: number;
}

/** What loss scaling carries from step to step. */
export type LossScale = {
  /** What the loss is multiplied by, f32. */
  readonly scale: Tensor;
  /** Steps since the scale changed or a step was skipped, i32. */
  readonly steady: Tensor;
  /** Steps skipped in all, i32. */
  readonly skipped: Tensor;
};

/** Dynamic loss scaling: pure, the state goes in and comes out. */
export interface LossScaling {
  init(): LossScale;
  /** The loss to differentiate: `loss` times the scale. */
  scale(loss: Tensor, state: LossScale): Tensor;
  /**
   * The optimiser's step with gradients of a scaled loss, divided by the scale; where one of them is infinite or NaN, parameters and
   * state stay as they are and `finite` (bool) is false.
   */
  step<S, P>(
    optimizer: Optimizer<S>,
    gradients: P,
    state: State<S, P>,
    params: P,
    scale: LossScale,
  ): { readonly params: P; readonly state: State<S, P>; readonly finite: Tensor };
  /** The state for the next step: `finite` tells whether all gradients of this one were, of every loss that was scaled. */
  update(state: LossScale, finite: Tensor): LossScale;
}

/** Below infinity, and a comparison that is false for NaN. */
const bounded = (x: Tensor): Tensor => le(x, 3e38);

/** Of gradients that are never finite, the scale would fall to where its inverse is infinite. */
const leastScale = 2 ** -100;

/** Whether no leaf of a tree holds an infinity or a NaN, bool []. Halves and f32. */
export const allFinite = (tree: Tree<Tensor>): Tensor =>
  flatten(tree)
    .leaves.map((leaf) => bounded(sum(abs(cast(leaf, "f32")))))
    .reduce((a, b) => and(a, b), full([], 1, "bool"));

/**
 * Keeps gradients of f16 activations away from zero, as torch.amp.GradScaler does: the loss is multiplied by a scale, gradients are divided
 * by it, a step whose gradients overflow is skipped and the scale halved, and it doubles after 2000 steps without.
 *
 *     const { grads } = valueAndGrad((params) => scaling.scale(loss(params), state.scale))(state.params);
 *     const { params, state: optimizer, finite } = scaling.step(adam(), grads, state.optimizer, state.params, state.scale);
 *     return { params, optimizer, scale: scaling.update(state.scale, finite) };
 */
export function lossScaling(options: LossScalingOptions = {}): LossScaling {
  checkOptions("lossScaling", options, {
    initial: finite,
    growth: finite,
    backoff: finite,
    interval: finite,
  });
  const { initial = 65536, growth = 2, backoff = 0.5, interval = 2000 } = options;
  if (
    !(initial > 0 && growth >= 1 && backoff > 0 && backoff < 1 && Number.isInteger(interval) && interval > 0)
  ) {
    throw new Error(
      "lossScaling: expected initial above 0, growth of at least 1, backoff between 0 and 1 and a whole interval of at least 1, " +
        `got initial ${initial}, growth ${growth}, backoff ${backoff}, interval ${interval}`,
    );
  }
  return {
    init: () => ({ scale: full([], initial), steady: zeros([], "i32"), skipped: zeros([], "i32") }),
    scale: (loss, { scale }) => mul(loss, scale),
    step(optimizer, gradients, state, params, { scale }) {
      const inverse = div(1, scale);
      const unscaled = mapLeaves((gradient) => mul(gradient, inverse), gradients);
      // A tree of tensors, as in mapLeaves.
      const finite = and(allFinite(gradients as Tree<Tensor>), bounded(inverse));
      const choose = (stepped: Tensor, before: Tensor): Tensor => where(finite, stepped, before);
      const stepped = optimizer.update(unscaled, state, params);
      return {
        params: mapLeaves(choose, stepped.params, params),
        state: mapLeaves(choose, stepped.state, state),
        finite,
      };
    },
    update({ scale, steady, skipped }, finite) {
      const calm = add(steady, 1);
      const due = ge(calm, interval);
      const grown = mul(scale, growth);
      const larger = where(and(due, bounded(grown)), grown, scale);
      return {
        scale: where(finite, larger, maximum(mul(scale, backoff), leastScale)),
        steady: where(finite, where(due, 0, calm), 0),
        skipped: where(finite, skipped, add(skipped, 1)),
      };
    },
  };
}
