import { apply, isFloat, type Tensor, zerosLike } from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import type { CustomCall } from "@clidim/tensor/graph";
import { expectFunction } from "./expectFunction.js";
import { argumentsOf, leavesAlong, leavesOf } from "./leaves.js";
import { traceRegion } from "./region.js";

/** One gradient per argument, a tree of the argument's structure, or undefined where there is none. */
export type ArgumentGradients<A extends readonly unknown[]> = { readonly [K in keyof A]: A[K] | undefined };

/**
 * `forward` with a gradient of your own. `backward` receives the gradient of the value, the arguments and the value, and
 * returns one gradient per argument. What it recomputes from the arguments as `forward` did is computed once, since common
 * subexpressions are merged. It may be differentiated in turn.
 *
 * Arguments and value are trees of tensors. `forward` must take every differentiated tensor that it uses as an argument: using
 * another one is an error when the gradient is taken, since `backward` could say nothing of it.
 */
export function customVjp<A extends readonly unknown[], R>(
  forward: (...args: A) => R,
  backward: (cotangent: R, args: A, value: R) => ArgumentGradients<A>,
): (...args: A) => R {
  expectFunction("customVjp", forward);
  expectFunction("customVjp", backward);
  return (...args) => {
    const given = argumentsOf("customVjp", args);
    const region = traceRegion(
      () => leavesOf("customVjp", "the value", forward(...args)),
      ({ leaves }) => leaves.filter(({ dtype }) => isFloat(dtype)),
      ({ dtype, definition }) => isFloat(dtype) && definition.op !== "stopGradient",
    );
    const { leaves: values, rebuild } = region.result;
    const captured = region.frontier.filter((value) => !given.leaves.includes(value));

    /** The value's leaves, the float ones replaced in order. */
    const withFloats = <T>(floats: readonly T[], other: (leaf: Tensor) => T): T[] => {
      let next = 0;
      return values.map((leaf) => (isFloat(leaf.dtype) ? floats[next++]! : other(leaf)));
    };
    const call: CustomCall = {
      name: "customVjp",
      argumentCount: given.leaves.length,
      results: [],
      backward: (argumentLeaves, results, cotangents) => {
        const known = results.map((result, i) => cotangents[i] ?? zerosLike(result));
        const gradients = backward(
          rebuild(withFloats<Tensor | undefined>(known, () => undefined)),
          given.rebuild(argumentLeaves),
          rebuild(withFloats(results, (leaf) => leaf)),
        );
        if (!Array.isArray(gradients)) {
          throw new Error(
            `customVjp: backward returns an array with a gradient for each argument, got ${show(gradients)}; write [gradient] for one`,
          );
        }
        if (gradients.length < args.length) {
          throw new Error(
            `customVjp: backward returns a gradient for each of the ${args.length} arguments, got ${gradients.length}; undefined stands where there is none`,
          );
        }
        return leavesAlong("customVjp", "the gradient of argument", given, gradients);
      },
    };
    const results = region.outputs.map((output) => {
      const result = apply("customVjp", [output, ...given.leaves, ...captured], { backward: call });
      call.results.push(result);
      return result;
    });
    return rebuild(withFloats(results, (leaf) => leaf));
  };
}
