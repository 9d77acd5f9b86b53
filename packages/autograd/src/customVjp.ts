import { apply, isFloat, type Tensor, zerosLike } from "@clidim/tensor";
import { show } from "@clidim/tensor/expect";
import type { CustomCall } from "@clidim/tensor/graph";
import { expectFunction } from "./expectFunction.js";
import { expectSynchronous } from "./expectSynchronous.js";
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
 * another one is an error when the gradient is taken, since `backward` could say nothing of it. Inside `scan`, `cond` and `whileLoop` it is one, too, where
 * `backward` uses what is computed there, the state of a turn or an operand of a branch, and is not among the arguments.
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
      () => {
        const value = forward(...args);
        expectSynchronous("customVjp", "forward", value);
        return leavesOf("customVjp", "the value", value);
      },
      ({ leaves }) => leaves.filter(({ dtype }) => isFloat(dtype)),
      ({ dtype, definition }) => isFloat(dtype) && definition.op !== "stopGradient",
    );
    const { leaves: values, rebuild } = region.result;
    const captured = region.frontier.filter((value) => !given.leaves.includes(value));
    // Integers and bools, which have no nodes of their own.
    const others = values.filter(({ dtype }) => !isFloat(dtype));

    /** The value, of its float leaves and the other ones, each in order. */
    const rebuiltOf = (floats: readonly Tensor[], rest: readonly (Tensor | undefined)[]): R => {
      const [nextFloat, nextOther] = [floats.values(), rest.values()];
      return rebuild(values.map(({ dtype }) => (isFloat(dtype) ? nextFloat : nextOther).next().value));
    };
    const call: CustomCall = {
      name: "customVjp",
      argumentCount: given.leaves.length + others.length,
      results: [],
      backward: (inputs, results, cotangents) => {
        const known = results.map((result, i) => cotangents[i] ?? zerosLike(result));
        const gradients = backward(
          rebuiltOf(known, []),
          given.rebuild(inputs.slice(0, given.leaves.length)),
          rebuiltOf(results, inputs.slice(given.leaves.length)),
        );
        expectSynchronous("customVjp", "backward", gradients);
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
      const result = apply("customVjp", [output, ...given.leaves, ...others, ...captured], {
        backward: call,
      });
      call.results.push(result);
      return result;
    });
    return rebuiltOf(results, others);
  };
}
