import type { Tensor } from "@clidim/tensor";
import { grad } from "./grad.js";
import { leavesAlong, leavesOf } from "./leaves.js";
import { vjp } from "./vjp.js";

/**
 * The Hessian of the scalar function `f` at `x` times `v`, all trees of one structure: the gradient's own vector-Jacobian product,
 * as the Hessian is symmetric.
 */
export function hessianVectorProduct<T>(f: (x: T) => Tensor, x: T, v: T): T {
  leavesAlong("hessianVectorProduct", "the direction of", leavesOf("hessianVectorProduct", "x", x), v);
  const [product] = vjp(grad(f), x).pullback(v);
  return product;
}
