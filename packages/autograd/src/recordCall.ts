import { apply, isFloat } from "@clidim/tensor";
import { expectSynchronous } from "./expectSynchronous.js";
import { argumentsOf, type Leaves, leavesOf } from "./leaves.js";
import { record, type Tape } from "./tape.js";

/** A call of a function, and what lies between its arguments and its value. */
export interface RecordedCall<A, R> {
  readonly value: R;
  readonly tape: Tape;
  readonly inputs: Leaves<A>;
  readonly outputs: Leaves<R>;
}

/** Calls `f` in the name of `op`, with values of their own in place of its arguments. Throws where there is nothing to differentiate. */
export function recordCall<A extends readonly unknown[], R>(
  op: string,
  f: (...args: A) => R,
  args: A,
): RecordedCall<A, R> {
  const given = argumentsOf(op, args);
  if (given.leaves.length > 0 && !given.leaves.some(({ dtype }) => isFloat(dtype))) {
    throw new Error(
      `${op}: there is no gradient of integers and bools, and the arguments are ${given.leaves.map(String).join(", ")}; cast to f32 first`,
    );
  }
  // Values of their own, so that the same tensors inside f's closure stay constants.
  const leaves = given.leaves.map((leaf) => (isFloat(leaf.dtype) ? apply("identity", [leaf], {}) : leaf));
  const value = f(...given.rebuild(leaves));
  expectSynchronous(op, "the function", value);
  const outputs = leavesOf(op, "the value", value);
  return { value, tape: record(leaves, outputs.leaves), inputs: { ...given, leaves }, outputs };
}
