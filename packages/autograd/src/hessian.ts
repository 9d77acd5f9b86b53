import type { ArgumentIndex, GradientsOf } from "./argumentIndex.js";
import { type GradOptions, grad, type Loss } from "./grad.js";
import { type Jacobian, jacobian } from "./jacobian.js";

/**
 * A function that returns all second derivatives of the scalar function `f`: [...m, ...m] for an argument of shape [...m], for trees the tree of the argument with another one at each leaf. Forward
 * mode over reverse mode, so that it costs about a gradient per element of the argument, all at once; see `hessianVectorProduct` for products with it.
 */
export function hessian<A extends readonly unknown[], R extends Loss, const I extends ArgumentIndex = 0>(
  f: (...args: A) => R,
  options: GradOptions<I> = {},
): (...args: A) => Jacobian<GradientsOf<A, I>, GradientsOf<A, I>> {
  return jacobian(grad(f, options), { ...options, mode: "forward" });
}
