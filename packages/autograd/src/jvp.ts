import { isFloat, zerosLike } from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import { argumentsOf, fillZeros, leavesAlong, leavesOf } from "./leaves.js";
import { vjp } from "./vjp.js";

/**
 * The value of `f` at `primals` and its derivative in the direction `tangents`, the Jacobian-vector product. Computed by reverse mode
 * applied twice: the pullback is linear in its cotangent, and its adjoint is the derivative.
 */
export function jvp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  primals: Readonly<A>,
  tangents: Readonly<A>,
): { readonly value: R; readonly tangent: R } {
  if (!Array.isArray(primals) || !Array.isArray(tangents)) {
    throw new Error(
      `jvp: primals and tangents are arrays, one entry per argument, got ${show(primals)} and ${show(tangents)}; write jvp(f, [x], [tangent])`,
    );
  }
  // A tuple that is only read.
  const args = primals as A;
  const primal = argumentsOf("jvp", args);
  const direction = leavesAlong("jvp", "the tangent of", primal, tangents);
  const { value, pullback } = vjp<A, R>(f, ...args);
  const output = leavesOf("jvp", "the value", value);
  // The adjoint of a linear map does not depend on where it is taken.
  const anywhere = output.rebuild(
    output.leaves.map((leaf) => (isFloat(leaf.dtype) ? zerosLike(leaf) : undefined)),
  );
  const { pullback: push } = vjp(pullback, anywhere);
  const [tangent] = push(primal.rebuild(fillZeros(direction, primal.leaves)));
  return { value, tangent };
}
