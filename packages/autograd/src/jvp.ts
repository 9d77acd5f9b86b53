import { show } from "@clidim/tensor/expect";
import { linearizeAs } from "./linearize.js";

/** The value of `f` at `primals` and its derivative in the direction `tangents`, the Jacobian-vector product, by forward mode; see `linearize`. */
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
  if (tangents.length !== primals.length) {
    throw new Error(
      `jvp: expected a tangent for each of ${primals.length} primals, got ${tangents.length}; zerosLike(x) is the one of an argument that does not move`,
    );
  }
  // Tuples that are only read.
  const { value, pushforward } = linearizeAs<A, R>("jvp", f, primals as A);
  return { value, tangent: pushforward(...(tangents as A)) };
}
