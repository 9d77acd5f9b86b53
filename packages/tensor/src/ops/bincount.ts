import { describe, expectDType, expectTensor, show } from "../primitives/expect.js";
import { sameShape, sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { eq } from "./comparison.js";
import { iota } from "./creation.js";
import { sum } from "./reductions.js";
import { expandDims, reshape } from "./reshape.js";
import { where } from "./where.js";

/**
 * How often each of 0, 1, ..., length - 1 is among integers x, i32 [length], or the sums of the `weights` (floats, of the shape of x) that stand where it is: NumPy's, PyTorch's and JAX's `bincount`, with
 * a given length, as shapes do not depend on values. Other integers are not counted. Takes length times elements steps. Differentiable in the weights.
 */
export function bincount(x: Tensor, length: number, weights?: Tensor): Tensor {
  const op = "bincount";
  expectTensor(op, "x", x, "i32");
  expectDType(op, "x", x, "integer");
  if (!Number.isInteger(length) || length < 0) {
    throw new Error(`${op}: length must be a whole number of at least 0, got ${show(length)}`);
  }
  const count = sizeOf(x.shape);
  const flat = cast(reshape(x, [1, count]), "i32");
  const meets = eq(flat, iota([length, count], 0));
  if (weights === undefined) return sum(meets, 1);
  expectDType(op, "weights", weights, "float");
  if (!sameShape(weights.shape, x.shape)) {
    throw new Error(`${op}: weights must have the shape of x, got ${describe(weights)} for x ${describe(x)}`);
  }
  return sum(where(meets, expandDims(reshape(weights, [count]), 0), 0), 1);
}
