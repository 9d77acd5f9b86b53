import { isFloat, zerosLike } from "@clidim/tensor";
import { fillZeros, leavesAlong, leavesOf } from "./leaves.js";
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
  // A tuple that is only read.
  const args = primals as A;
  const primal = leavesOf(args);
  const direction = leavesAlong("jvp", "the tangent of", primal, tangents);
  const { value, pullback } = vjp<A, R>(f, ...args);
  const output = leavesOf(value);
  // The adjoint of a linear map does not depend on where it is taken.
  const anywhere = output.rebuild(
    output.leaves.map((leaf) => (isFloat(leaf.dtype) ? zerosLike(leaf) : undefined)),
  );
  const { pullback: push } = vjp(pullback, anywhere);
  const [tangent] = push(primal.rebuild(fillZeros(direction, primal.leaves)));
  return { value, tangent };
}
