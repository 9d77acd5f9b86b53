import { expectFunction } from "./expectFunction.js";
import { fillZeros, leavesAlong } from "./leaves.js";
import { recordCall } from "./recordCall.js";
import { pullBack } from "./tape.js";

export interface Vjp<A extends readonly unknown[], R> {
  readonly value: R;
  /**
   * The gradients of the arguments, given that of the value: trees of the arguments' structure, with zeros where the value does not depend
   * on a leaf and undefined where a leaf is an integer or a bool. May be called several times.
   */
  readonly pullback: (cotangent: R) => A;
}

/**
 * `f(...args)` and the map from a gradient of the value to gradients of the arguments, the vector-Jacobian product. Arguments and value
 * are trees of tensors. Tensors that `f` closes over are constants. The gradient is more graph: it can be
 * differentiated again.
 */
export function vjp<A extends readonly unknown[], R>(f: (...args: A) => R, ...args: A): Vjp<A, R> {
  expectFunction("vjp", f);
  const { value, tape, inputs, outputs } = recordCall("vjp", f, args);
  return {
    value,
    pullback: (cotangent) => {
      const cotangents = leavesAlong("vjp", "the cotangent of", outputs, cotangent);
      return inputs.rebuild(fillZeros(pullBack(tape, cotangents), inputs.leaves));
    },
  };
}
