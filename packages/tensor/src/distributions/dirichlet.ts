import { add, log } from "../ops/arithmetic.js";
import { softmax } from "../ops/softmax.js";
import { describe, expectDType, expectShape } from "../primitives/expect.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { logGammaParts } from "./gamma.js";

/**
 * Dirichlet f32 vectors [...shape, n], which are at least 0 and sum to 1, of the concentrations `alpha` [..., n], whose other axes broadcast to `shape`: gamma numbers over their sum, by their logarithms.
 * NaN where all of `alpha` are 0, one is infinite or NaN, or one is negative. No gradient flows to `alpha`.
 */
export function dirichlet(key: Tensor, alpha: Tensor, shape: Shape = alpha.shape.slice(0, -1)): Tensor {
  expectDType("dirichlet", "alpha", alpha, "float");
  expectShape("dirichlet", shape);
  if (alpha.shape.length === 0) {
    throw new Error(`dirichlet: alpha must be [...,n], got ${describe(alpha)}`);
  }
  const { draw, boost } = logGammaParts("dirichlet", key, alpha, [...shape, alpha.shape.at(-1)!]);
  return softmax(add(log(draw), boost), -1);
}
