import { apply, isFloat } from "@clidim/tensor";
import { expectFunction } from "./expectFunction.js";
import { argumentsOf, fillZeros, leavesAlong, leavesOf } from "./leaves.js";
import { pullBack, record } from "./tape.js";

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
  const { leaves, rebuild } = argumentsOf("vjp", args);
  if (leaves.length > 0 && !leaves.some(({ dtype }) => isFloat(dtype))) {
    throw new Error(
      `vjp: there is no gradient of integers and bools, and the arguments are ${leaves.map(String).join(", ")}; cast to f32 first`,
    );
  }
  // Values of their own, so that the same tensors inside f's closure stay constants.
  const inputs = leaves.map((leaf) => (isFloat(leaf.dtype) ? apply("identity", [leaf], {}) : leaf));
  const value = f(...rebuild(inputs));
  const outputs = leavesOf("vjp", "the value", value);
  const tape = record(inputs, outputs.leaves);
  return {
    value,
    pullback: (cotangent) => {
      const cotangents = leavesAlong("vjp", "the cotangent of", outputs, cotangent);
      return rebuild(fillZeros(pullBack(tape, cotangents), inputs));
    },
  };
}
