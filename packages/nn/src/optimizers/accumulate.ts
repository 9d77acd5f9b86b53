import { add, ge, mul, type Tensor, where, zeros, zerosLike } from "@clidim/tensor";
import { mapLeaves } from "../mapLeaves.js";
import { checkedOptimizer } from "./checked.js";
import type { Optimizer } from "./optimizer.js";
import type { LikeParams } from "./state.js";

/** Gradients summed since the last step, how many (i32), and the state of the optimiser inside. */
export type AccumulateState<S> = { readonly total: LikeParams; readonly count: Tensor; readonly inner: S };

/**
 * Lets `optimizer` step once every `every` updates, with the mean of their gradients; parameters stay as they are in between. Stands
 * for a batch `every` times as large.
 */
export function accumulate<S>(optimizer: Optimizer<S>, every: number): Optimizer<AccumulateState<S>> {
  if (!Number.isInteger(every) || every < 1) {
    throw new Error(`accumulate: expected a whole number of updates of at least 1, got ${every}`);
  }
  return checkedOptimizer<AccumulateState<S>>("accumulate", {
    init: (params) => ({
      total: mapLeaves(zerosLike, params),
      count: zeros([], "i32"),
      inner: optimizer.init(params),
    }),
    update(gradients, state, params) {
      const total = mapLeaves(add, state.total, gradients);
      const count = add(state.count, 1);
      const due = ge(count, every);
      const choose = (stepped: Tensor, before: Tensor): Tensor => where(due, stepped, before);
      const mean = mapLeaves((leaf) => mul(leaf, 1 / every), total);
      const stepped = optimizer.update(mean, state.inner, params);
      return {
        params: mapLeaves(choose, stepped.params, params),
        state: {
          total: mapLeaves((leaf) => where(due, 0, leaf), total),
          count: where(due, 0, count),
          inner: mapLeaves(choose, stepped.state, state.inner),
        },
      };
    },
  });
}
