import { describe, expectTensor } from "../primitives/expect.js";
import type { Tensor } from "../tensor.js";
import type { Tree } from "../tree.js";
import { ne } from "./comparison.js";
import { applyBranches, type BranchFunction } from "./switchCase.js";

/**
 * `onTrue(...operands)` where the predicate, one value without axes, is true (not 0), `onFalse(...operands)` where it is not: JAX's `lax.cond`. The functions return trees of one structure, shapes and
 * dtypes. Both are called once, to be compiled; on the device only the one that is taken runs, so that neither the work nor a NaN of the other one shows, in values or in gradients, closed-over
 * tensors included. A gradient computes its branch again. Under `vmap`, where examples choose differently, both run, and each example takes its own.
 *
 * For values that are cheap to compute, `where` is faster: what it chooses from is part of one kernel.
 */
export function cond<Operands extends readonly Tree<Tensor>[], R extends Tree<Tensor>>(
  predicate: Tensor,
  onTrue: BranchFunction<Operands, R>,
  onFalse: BranchFunction<Operands, R>,
  ...operands: Operands
): R {
  expectTensor("cond", "predicate", predicate, "bool");
  if (predicate.shape.length > 0) {
    throw new Error(
      `cond: predicate must have no axes, got ${describe(predicate)}; reduce it with any or all, or choose by element with where`,
    );
  }
  const index = predicate.dtype === "bool" ? predicate : ne(predicate, 0);
  const names = ["onFalse", "onTrue"];
  return applyBranches({ op: "cond", index, names }, [onFalse, onTrue], operands);
}
