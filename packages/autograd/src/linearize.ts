import { expectFunction } from "./expectFunction.js";
import { fillZeros, leavesAlong } from "./leaves.js";
import { pushForward } from "./pushForward.js";
import { recordCall } from "./recordCall.js";

export interface Linearized<A extends readonly unknown[], R> {
  readonly value: R;
  /**
   * The derivative of the value in the direction of the tangents, one per argument: a tree of the value's structure, with zeros where it does not depend on the arguments and undefined where a
   * leaf is an integer or a bool. Undefined stands for a tangent of zeros. May be called several times.
   */
  readonly pushforward: (...tangents: A) => R;
}

/**
 * `f(...args)` and the linear map from tangents of the arguments to that of the value, the Jacobian-vector product, by forward mode: next to `f` itself, whose values it shares, a direction costs about as much again,
 * and nothing is kept for a way back. Arguments and value are trees of tensors. Tensors that `f` closes over are constants. A tangent is more graph: it can be differentiated again.
 */
export function linearize<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): Linearized<A, R> {
  return linearizeAs("linearize", f, args);
}

/** The same in the name of another operation. */
export function linearizeAs<A extends readonly unknown[], R>(
  op: string,
  f: (...args: A) => R,
  args: A,
): Linearized<A, R> {
  expectFunction(op, f);
  const { value, tape, inputs, outputs } = recordCall(op, f, args);
  return {
    value,
    pushforward: (...tangents) => {
      const directions = leavesAlong(op, "the tangent of", inputs, tangents);
      return outputs.rebuild(fillZeros(pushForward(tape, directions), outputs.leaves));
    },
  };
}
