import { isFloat, onesLike, Tensor } from "@clidim/tensor";
import { describe, expectOptions, show } from "@clidim/tensor/expect";
import { type ArgumentIndex, chooseArguments, type GradientsOf } from "./argumentIndex.js";
import { expectFunction } from "./expectFunction.js";
import { expectSynchronous } from "./expectSynchronous.js";
import { vjp } from "./vjp.js";

/** What a function must return to be minimised: a scalar, alone or with further results that are not differentiated. */
export type Loss = Tensor | { readonly loss: Tensor; readonly aux: unknown };

/** The scalar, its gradients, and the `aux` of `f` where it returns one. */
export type ValueAndGradients<R extends Loss, G> = R extends { readonly loss: Tensor; readonly aux: infer X }
  ? { readonly value: Tensor; readonly grads: G; readonly aux: X }
  : { readonly value: Tensor; readonly grads: G };

export interface GradOptions<I extends ArgumentIndex> {
  /** Default 0. */
  readonly argument?: I;
}

/**
 * A function that returns the value of `f` and its gradients. `f` returns a scalar, or `{ loss, aux }` to hand out results beside it. The
 * differentiated arguments are trees of tensors; the others may be anything. Gradients have zeros where the value does not
 * depend on a leaf, and undefined at integer and bool leaves. Throws where the value is not a float scalar, and where an
 * argument has only integer or bool leaves.
 */
export function valueAndGrad<A extends readonly unknown[], R extends Loss, const I extends ArgumentIndex = 0>(
  f: (...args: A) => R,
  options: GradOptions<I> = {},
): (...args: A) => ValueAndGradients<R, GradientsOf<A, I>> {
  expectFunction("grad", f);
  expectOptions("grad", options, ["argument"], "grad(f)(x)");
  const argument: ArgumentIndex = options.argument ?? 0;
  return (...args) => {
    let rest: { readonly aux: unknown } | undefined;
    const { chosen, ofChosen } = chooseArguments("grad", f, argument, args);
    const scalar = (...values: readonly unknown[]): Tensor => {
      const result: Loss = ofChosen(...values);
      expectLoss(result);
      if (result instanceof Tensor) return result;
      rest = { aux: result.aux };
      return result.loss;
    };
    const { value, pullback } = vjp(scalar, ...chosen);
    const gradients = pullback(onesLike(value));
    const grads = typeof argument === "number" ? gradients[0] : gradients;
    // What GradientsOf and ValueAndGradients say of these values follows from the branches above, which types do not see.
    return { value, grads, ...rest } as unknown as ValueAndGradients<R, GradientsOf<A, I>>;
  };
}

/** A function that returns the gradients of `f` alone; see `valueAndGrad`. */
export const grad = <A extends readonly unknown[], R extends Loss, const I extends ArgumentIndex = 0>(
  f: (...args: A) => R,
  options: GradOptions<I> = {},
): ((...args: A) => GradientsOf<A, I>) => {
  const both = valueAndGrad(f, options);
  return (...args) => both(...args).grads;
};

/** Throws unless a function returned what can be differentiated, which is looked at where it comes from untyped code. */
function expectLoss(result: unknown): void {
  expectSynchronous("grad", "the function", result);
  const loss: unknown =
    typeof result === "object" && result !== null && "loss" in result ? result.loss : result;
  if (!(loss instanceof Tensor)) {
    const advice =
      result === undefined
        ? "is a return missing?"
        : typeof loss === "number"
          ? "compute it with operations on the argument"
          : "return the loss itself, or { loss, aux } to hand out more";
    throw new Error(
      `grad: the function must return a float scalar or { loss, aux }, got ${show(result)}; ${advice}`,
    );
  }
  if (loss.shape.length > 0 || !isFloat(loss.dtype)) {
    throw new Error(
      `grad: the function must return a float scalar, got ${describe(loss)}; reduce it with sum or mean, or use vjp`,
    );
  }
}
