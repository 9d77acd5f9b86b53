import { cast, type Tensor } from "@clidim/tensor";
import { type Accepted, atLeastZero, callable, either } from "../checkOptions.js";
import type { Schedule } from "../schedules/schedule.js";
import type { State } from "./state.js";

/**
 * A rule that turns gradients into better gradients: clipping, weight decay. Pure: the state goes in and comes out. `P` is the tree
 * of the parameters; gradients have the same structure.
 */
export interface GradientTransformation<S> {
  init<P>(params: P): State<S, P>;
  update<P>(
    gradients: P,
    state: State<S, P>,
    params: P,
  ): { readonly gradients: P; readonly state: State<S, P> };
}

/** A rule that turns gradients into new parameters. Pure: the state goes in and comes out. */
export interface Optimizer<S> {
  init<P>(params: P): State<S, P>;
  update<P>(gradients: P, state: State<S, P>, params: P): { readonly params: P; readonly state: State<S, P> };
}

/** A learning rate: a number, or a function of the number of steps already done. */
export type LearningRate = number | Schedule;

/** What a learning rate may be. */
export const learningRates: Accepted = either(atLeastZero, callable("a schedule"));

/** The learning rate at `step`, the i32 count of steps already done. */
export const learningRateAt = (learningRate: LearningRate, step: Tensor): Tensor | number =>
  typeof learningRate === "number" ? learningRate : learningRate(cast(step, "f32"));
